/** Who decides whether a request is let in. conf/access-*.conf.hbs lay it out. */
import path from 'node:path';

import { UnusableValueError } from './errors.ts';
import type { AccessInput } from './input-access.ts';
import type { TemplateInput } from './input.ts';

/** As mod_proxy's are; the kernel takes 107. */
const socketPathLimitBytes = 95;

/** What the templates need, or null where everybody is let in. */
export function accessContext({ access, files }: Pick<TemplateInput, 'access' | 'files'>) {
  if (access === undefined) return null;
  return {
    file: access.kind === 'file' ? { userFile: access.userFile, realm: realm(access.realm) } : null,
    scripts: access.kind === 'scripts' ? scriptsContext(access) : null,
    // It may say `Satisfy Any`, with which an address is enough where mod_access_compat is loaded.
    hasOverrides: files.allowOverride.length > 0,
  };
}

/** Whether Authorization is httpd's, and not for what is behind it. */
export function keepsAuthorization({ access }: Pick<TemplateInput, 'access'>): boolean {
  return access?.kind === 'file' || access?.asksForPasswords === true;
}

function scriptsContext({ socketPath, asksForPasswords }: Extract<AccessInput, { kind: 'scripts' }>) {
  if (!path.isAbsolute(socketPath) || Buffer.byteLength(socketPath) > socketPathLimitBytes)
    throw new UnusableValueError(
      'the socket between httpd and the scripts for access',
      socketPath,
      `an absolute path of at most ${socketPathLimitBytes} bytes`,
    );
  return { url: `fcgi://${socketPath}:1`, asksForPasswords };
}

/** Clients read it between quotes, httpd gives `%{` and `$0` a meaning, and a line of its configuration an end. */
function realm(name: string): string {
  if (/^[\x20-\x7e]{1,255}$/.test(name) && !/["\\]|%\{|\$\d/.test(name)) return name;
  throw new UnusableValueError(
    'the realm of passwords',
    name,
    'ASCII text of at most 255 characters without quotes, backslashes, %{, and $ before a digit',
  );
}
