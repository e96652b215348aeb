// Files of the same bytes as the app answers.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { bytes, HELLO } from '../apps/routes.mjs';
import { missing, startHttpd } from './apache.mjs';

/** A directory without anything in it. */
export function emptyDirectory({ directory }) {
  const files = path.join(directory, 'files');
  mkdirSync(files, { recursive: true, mode: 0o755 });
  return files;
}

/** `/static/N.txt`: N bytes, which no app answers. */
export function writeStaticFiles(place) {
  const root = emptyDirectory(place);
  mkdirSync(path.join(root, 'static'));
  for (const size of [1024, 102_400]) writeFileSync(path.join(root, `static/${size}.txt`), bytes(size));
  return root;
}

/** httpd with files under the paths of the app, and of `writeStaticFiles`. */
export const httpdFiles = ({ only, lines }) => ({
  only,
  absent: () => missing(),
  start: (place) => {
    const root = writeStaticFiles(place);
    mkdirSync(path.join(root, 'bytes'));
    writeFileSync(path.join(root, 'hello'), HELLO);
    for (const size of [0, 1024, 102_400, 10_485_760])
      writeFileSync(path.join(root, `bytes/${size}`), bytes(size));
    return startHttpd(
      place,
      [],
      [`DocumentRoot ${root}`, `<Directory ${root}>`, 'Require all granted', '</Directory>', ...lines],
    );
  },
});
