import { readFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { PAIR_SEPARATOR, parseFlags } from '../src/option-spec.ts';
import { serverOptions } from '../src/options.ts';
import { runCommandLine } from '../src/run-command-line.ts';
import { type Key, everythingOn } from './support/everything-on.ts';
import { type HostilePlaces, createHostilePlaces, findHttpd } from './support/hostile-places.ts';

let places: HostilePlaces;

beforeAll(async () => {
  places = await createHostilePlaces([]);
});

afterAll(() => {
  places.remove();
});

/** Runs a command in this process and answers what it prints. */
async function run(argv: readonly string[]): Promise<string> {
  const write = process.stdout.write.bind(process.stdout);
  let stdout = '';
  process.stdout.write = (text: string | Uint8Array) => {
    stdout += String(text);
    return true;
  };
  try {
    expect(await runCommandLine(argv)).toBe(0);
  } finally {
    process.stdout.write = write;
  }
  return stdout;
}

const testWithHttpd = findHttpd() === undefined ? test.skip : test;

testWithHttpd(
  'config --httpd prints, byte for byte, what setup-server writes with everything on',
  async () => {
    const serverRoot = path.join(places.path, 'new-root');
    const options = (
      Object.entries({ ...everythingOn(places.path), serverRoot: [serverRoot] }) as [Key, string[]][]
    )
      .filter(([key]) => key !== 'httpdExecutable' && key !== 'modulesDirectory')
      .flatMap(([key, values]) => {
        const { name, placeholders } = parseFlags(serverOptions[key]);
        if (placeholders.length === 0) return [`--${name}`];
        return values.flatMap((raw) => [`--${name}`, ...raw.split(PAIR_SEPARATOR)]);
      });
    const args = [path.join(places.path, 'files/harmless'), ...options];
    const printed = await run(['config', '--httpd', ...args]);
    await run(['setup-server', ...args]);
    expect(printed).toBe(readFileSync(path.join(serverRoot, 'httpd.conf'), 'utf8'));
    expect(printed).toContain('SSLCertificateFile');
  },
);
