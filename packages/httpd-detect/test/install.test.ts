// The private installation end to end, from the archive of the distribution: needs Debian or Ubuntu and a network.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, test } from '@jest/globals';

import { detectHttpds } from '../src/detect.ts';
import { findDistribution } from '../src/distributions.ts';
import { installPrivateHttpd } from '../src/install.ts';
import type { Manifest } from '../src/install/manifest.ts';
import { readOsRelease } from '../src/os-release.ts';
import { makeDirectory } from './fake-httpd.ts';

const isDebian = findDistribution(readOsRelease())?.ids.includes('debian') === true;
const withinMs = 120_000;

(isDebian ? describe : describe.skip)('a private installation', () => {
  test(
    'gives an httpd that runs with an empty environment, is found from then on, and is made once',
    async () => {
      // A space and a letter outside ASCII: both end up in apt's options and in httpd's configuration.
      const home = path.join(makeDirectory(), 'with späce');
      const env = { ...process.env, EXPRESS_HTTPD_HOME: home, HTTPD: '' };
      const lines: string[] = [];
      const build = await installPrivateHttpd({ env, onProgress: (line) => lines.push(line) });

      expect(execFileSync(build.path, ['-v'], { env: {}, encoding: 'utf8' })).toContain(
        `Apache/${build.version}`,
      );
      const prefix = path.dirname(path.dirname(build.path));
      expect(readdirSync(path.join(prefix, 'bin')).sort()).toEqual(['htpasswd', 'httpd', 'rotatelogs']);
      expect(build).toMatchObject({
        source: 'private',
        modulesDirectory: path.join(prefix, 'modules'),
        mimeTypesPath: path.join(prefix, 'conf/mime.types'),
        rotatelogsPath: path.join(prefix, 'bin/rotatelogs'),
      });
      expect(build.sharedModules).toEqual(
        expect.arrayContaining(['proxy_fcgi', 'proxy_http', 'ssl', 'http2']),
      );
      expect(build.sharedModules).not.toContain('md');
      const manifest = JSON.parse(readFileSync(path.join(prefix, 'manifest.json'), 'utf8')) as Manifest;
      expect(manifest.packages.map(({ name }) => name)).toContain('apache2-bin');
      expect(manifest.packages.every(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
      expect(readdirSync(home).sort()).toEqual([path.basename(prefix), 'current.json']);

      const detection = await detectHttpds({ env, searchDirectories: [] });
      expect(detection.chosen?.path).toBe(build.path);

      const before = lines.length;
      const again = await installPrivateHttpd({ env, onProgress: (line) => lines.push(line) });
      expect(again).toEqual(build);
      expect(lines.slice(before)).toEqual([`httpd ${build.version} is already installed: ${build.path}`]);

      const forced = await installPrivateHttpd({ env, force: true, onProgress: () => undefined });
      expect(forced.path).not.toBe(build.path);
      expect(existsSync(build.path)).toBe(true);
      const current = await detectHttpds({ env, searchDirectories: [] });
      expect(current.chosen?.path).toBe(forced.path);
    },
    withinMs,
  );
});
