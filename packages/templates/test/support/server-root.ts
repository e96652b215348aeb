import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { TemplateInput } from '../../src/input.ts';
import { render } from '../../src/render.ts';

/** Writes what is rendered, with the directories and included files httpd expects to exist. Returns the httpd.conf. */
export function writeServerRoot(input: TemplateInput): string {
  for (const directory of [
    input.documentRoot,
    input.control.workingDirectory,
    input.serverRoot,
    path.join(input.serverRoot, 'run'),
  ]) {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o755);
  }
  for (const file of input.includeFiles) writeFileSync(file, '# included\n');
  for (const file of certificateFiles(input)) writeIfAbsent(file);
  for (const { path: name, text, mode } of render(input)) {
    writeFileSync(path.join(input.serverRoot, name), text, { mode });
  }
  return path.join(input.serverRoot, 'httpd.conf');
}

function certificateFiles({ tls, proxies }: TemplateInput): string[] {
  return [
    tls?.pair?.certificateFile,
    tls?.pair?.keyFile,
    tls?.acme?.caFile,
    tls?.chainFile,
    tls?.clients?.caFile,
    proxies?.caFile,
  ].filter((file) => file !== undefined);
}

/** `httpd -t` only looks whether there is something in it. */
function writeIfAbsent(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  if (!existsSync(file)) writeFileSync(file, 'PEM\n');
}
