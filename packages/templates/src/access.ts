/** Who decides whether a request is let in. conf/access.conf.hbs lays it out. */
import { UnusableValueError } from './errors.ts';
import type { TemplateInput } from './input.ts';

/** What the templates need, or null where everybody is let in. */
export function accessContext({ access, files }: Pick<TemplateInput, 'access' | 'files'>) {
  if (access === undefined) return null;
  return {
    userFile: access.userFile,
    realm: realm(access.realm),
    // It may say `Satisfy Any`, with which an address is enough where mod_access_compat is loaded.
    hasOverrides: files.allowOverride.length > 0,
  };
}

/** Whether the app sees what is in Authorization: where httpd asks for a password, that one is not the app's. */
export function passesAuthorization({ access }: Pick<TemplateInput, 'access'>): boolean {
  return access === undefined;
}

/** Clients read it between quotes, and httpd gives `%{` a meaning. */
function realm(name: string): string {
  if (/^[\x20-\x7e]+$/.test(name) && !/["\\]|%\{/.test(name)) return name;
  throw new UnusableValueError(
    'the realm of passwords',
    name,
    'ASCII text without quotes, backslashes and %{',
  );
}
