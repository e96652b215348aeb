import type { Mpm } from './httpd-build.ts';

/** MPMs by preference: prefork needs a process per connection and cannot carry HTTP/2 (AH10034). */
export const mpmPreference: readonly Mpm[] = ['event', 'worker', 'prefork'];

/** The output of `httpd -l` → the compiled-in modules, named as HttpdBuild names them; undefined when it is no such list. */
export function parseModules(text: string): readonly string[] | undefined {
  if (!/^Compiled in modules:/m.test(text)) return undefined;
  return [...text.matchAll(/^\s+(\S+)\.c\s*$/gm)].map(([, name]) => toModuleName(name ?? ''));
}

/** The MPM among compiled-in modules, if one is. */
export function findStaticMpm(staticModules: readonly string[]): Mpm | undefined {
  return mpmPreference.find((mpm) => staticModules.includes(`mpm_${mpm}`));
}

/** `mod_unixd` → `unixd`; a compiled-in MPM is listed by its bare name, `event.c`. */
function toModuleName(source: string): string {
  return mpmPreference.some((mpm) => mpm === source) ? `mpm_${source}` : source.replace(/^mod_/, '');
}
