import { describeExports, findExports } from './load-app.ts';
import { ScriptExportError } from './errors.ts';
import { loadModule, type ModuleNamespace } from './loader.ts';
import type { AccessSettings, AppSettings } from './messages.ts';

/** CGI variables of a request, as the app would see them. */
export type Environ = Readonly<Record<string, string>>;

/** What scripts say about access; what is absent lets everybody pass. Each may answer with a promise. */
export interface AccessScripts {
  readonly allowAccess?: (environ: Environ, host: string) => unknown;
  readonly checkPassword?: (environ: Environ, user: string, password: string) => unknown;
  readonly groupsForUser?: (environ: Environ, user: string) => unknown;
}

/** The export that each option asks a script for. */
const functions = {
  hostScript: 'allowAccess',
  userScript: 'checkPassword',
  groupScript: 'groupsForUser',
} as const satisfies Partial<Record<keyof AccessSettings, keyof AccessScripts>>;

/**
 * Loads the scripts; TypeScript is compiled on the way. A file may be all of them. Throws what `loadModule` throws, and
 * ScriptExportError.
 */
export async function loadAccessScripts(
  { access = noScripts, loader }: Pick<AppSettings, 'access' | 'loader'>,
  workingDirectory: string,
): Promise<AccessScripts> {
  const scripts: Record<string, unknown> = {};
  for (const [key, name] of Object.entries(functions)) {
    const file = access[key as keyof typeof functions];
    if (file === undefined) continue;
    scripts[name] = await loadFunction(file, name, loader, workingDirectory);
  }
  return scripts;
}

const noScripts: AccessSettings = { groups: [], realm: '' };

function isNamespace(value: unknown): value is ModuleNamespace {
  return typeof value === 'object' && value !== null;
}

async function loadFunction(
  file: string,
  name: string,
  loader: AppSettings['loader'],
  workingDirectory: string,
): Promise<unknown> {
  const script = { kind: 'script', entry: file, mountPoint: '/', ...(loader && { loader }) } as const;
  const namespace = await loadModule(script, workingDirectory);
  // `export default { checkPassword }` has it one level below.
  const holders = [namespace, ...findExports(namespace, 'default')].filter(isNamespace);
  const found = holders
    .flatMap((holder) => findExports(holder, name))
    .find((value) => typeof value === 'function');
  if (found === undefined) throw new ScriptExportError(file, name, describeExports(namespace));
  return found;
}
