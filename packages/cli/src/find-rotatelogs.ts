import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

import { type HttpdBuild } from '@httpd-express/httpd-detect';

/** The rotatelogs that came with an httpd, beside it or where distributions put it. */
export function findRotatelogs({ realPath }: Pick<HttpdBuild, 'realPath'>): string | undefined {
  const directory = path.dirname(realPath);
  return [directory, path.join(directory, '../bin'), '/usr/bin', '/usr/sbin']
    .map((place) => path.join(place, 'rotatelogs'))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not for us: the next place may have it
  }
}
