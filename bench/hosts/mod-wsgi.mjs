// mod_wsgi in daemon mode, with as many threads as mod_wsgi-express gives a process.
import { copyFileSync, utimesSync } from 'node:fs';
import path from 'node:path';

import { askApp } from '../lib/ask.mjs';
import { missing, startHttpd } from './apache.mjs';
import { emptyDirectory } from './files.mjs';
import { apps } from './paths.mjs';

const scriptOf = (place) => path.join(emptyDirectory(place), 'hello.wsgi');

export const modWsgi = {
  only: ['hello'],
  absent: () => missing('wsgi'),
  version: async (place) => {
    const { mod_wsgi: version, python } = await askApp(place);
    return `mod_wsgi ${version} with Python ${python}`;
  },
  start: (place) => {
    copyFileSync(path.join(apps, 'hello.wsgi'), scriptOf(place));
    return startHttpd(
      place,
      ['wsgi'],
      [
        'WSGIDaemonProcess app processes=1 threads=5 listen-backlog=1000',
        'WSGIProcessGroup app',
        'WSGIApplicationGroup %{GLOBAL}',
        `WSGISocketPrefix ${place.directory}/wsgi`,
        `WSGIScriptAlias / ${scriptOf(place)}`,
        `<Directory ${emptyDirectory(place)}>`,
        'Require all granted',
        '</Directory>',
      ],
    );
  },
  /** A script that is newer than the process that has loaded it: touching it is the command. */
  reload: (place) => utimesSync(scriptOf(place), new Date(), new Date()),
};
