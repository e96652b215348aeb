import { execFile } from 'node:child_process';

/**
 * Node keeps the place of a syntax error in an ES module to itself: gives the error the file, line and column that
 * `node --check` prints. An error in another file than the entry stays as it is.
 */
export async function locateSyntaxError(error: unknown, path: string): Promise<void> {
  if (!(error instanceof SyntaxError) || hasPlace(error)) return;
  const excerpt = /^[^]*?(?=\n\w*Error:)/.exec(await check(path))?.[0].trim();
  if (excerpt !== undefined && excerpt !== '') error.stack = `${excerpt}\n\n${error.stack ?? error.message}`;
}

/** CommonJS and the TypeScript loader name the place themselves. */
function hasPlace(error: SyntaxError): boolean {
  return !(error.stack ?? '').startsWith('SyntaxError');
}

function check(path: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--check', path], { timeout: 5000 }, (_, __, stderr) => {
      resolve(stderr);
    });
  });
}
