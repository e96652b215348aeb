import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { ModuleFormat } from './decorator-compiler.ts';

/** Whether a file is TypeScript of the app, rather than of a package it uses. */
export function isAppTypeScript(file: string): boolean {
  return /\.(?:[cm]?ts|tsx)$/.test(file) && !file.includes('/node_modules/');
}

const formats = new Map<string, ModuleFormat>();

/** What Node takes a file for: by its extension, else by the `type` of its package. */
export function findFormat(file: string): ModuleFormat {
  if (/\.m[jt]s$/.test(file)) return 'module';
  if (/\.c[jt]s$/.test(file)) return 'commonjs';
  return findPackageFormat(dirname(file));
}

function findPackageFormat(directory: string): ModuleFormat {
  const known = formats.get(directory);
  if (known !== undefined) return known;
  const parent = dirname(directory);
  const format = readFormat(directory) ?? (parent === directory ? 'commonjs' : findPackageFormat(parent));
  formats.set(directory, format);
  return format;
}

/** Undefined where there is no package.json. */
function readFormat(directory: string): ModuleFormat | undefined {
  try {
    const { type } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as { type?: unknown };
    return type === 'module' ? 'module' : 'commonjs';
  } catch {
    return undefined; // Node reports one that it cannot read
  }
}
