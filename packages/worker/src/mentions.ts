import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** An app with more files of its own is looked at no further: it is taken to mention everything. */
const MAX_FILES = 1000;

/** Whether a file, or one that it imports by a relative path, and so on, contains a text. */
export function mentions(entry: string, text: string): boolean {
  const files = new Set([entry]);
  for (const file of files) {
    if (files.size > MAX_FILES) return true;
    const source = read(file);
    if (source.includes(text)) return true;
    for (const [, path = ''] of source.matchAll(/(?:from|import|require)\s*\(?\s*["'](\.[^"']*)["']/g)) {
      const found = findFile(resolve(dirname(file), path));
      if (found !== undefined) files.add(found);
    }
  }
  return false;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // who imports it says why
  }
}

/** As written, or as compilers and `require` complete it. */
function findFile(path: string): string | undefined {
  const stem = path.replace(/\.([cm]?)jsx?$/, '');
  const candidates = [path, ...endings.flatMap((ending) => [path + ending, stem + ending])];
  return candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile() === true);
}

const endings = ['.ts', '.js', '.mts', '.mjs', '.cts', '.cjs', '.tsx', '.jsx', '/index.ts', '/index.js'];
