/**
 * What can be wrong with the value of any option, derived from the table: refused with status 2 and one message that names
 * the option and the value, and nothing is written.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { companions } from '../src/companions.ts';
import { type OptionSpec, PAIR_SEPARATOR, parseFlags } from '../src/option-spec.ts';
import { serverOptions } from '../src/options.ts';
import { runCommandLine } from '../src/run-command-line.ts';
import { type Key, everythingOn, withAcme } from './support/everything-on.ts';
import { type HostilePlaces, createHostilePlaces } from './support/hostile-places.ts';

/** One value of an option. */
interface Slot {
  readonly key: Key;
  readonly spec: OptionSpec<unknown>;
  readonly half: number;
}

const specs = Object.entries(serverOptions) as [Key, OptionSpec<unknown>][];
const slots: readonly Slot[] = specs.flatMap(([key, spec]) =>
  parseFlags(spec).placeholders.map((_, half) => ({ key, spec, half })),
);

let places: HostilePlaces;
const at = (...names: string[]) => path.join(places.path, ...names);

beforeAll(async () => {
  places = await createHostilePlaces([]);
  // Read by the account without privileges, too.
  for (const suffix of ['', '.crt', '.key']) chmodSync(at('certificates', `harmless${suffix}`), 0o644);
  writeFileSync(at('unreadable'), '#\n', { mode: 0o000 });
  mkdirSync(at('closed'), { mode: 0o000 });
  // What an option of a prefix adds.
  for (const suffix of ['.crt', '.key']) writeFileSync(at(`unreadable${suffix}`), '#\n', { mode: 0o000 });
});

afterAll(() => {
  places.remove();
});

/** The other half of a pair: the first that is right in its place. */
function withOther({ spec, half }: Slot, value: string): string {
  if (parseFlags(spec).placeholders.length === 1) return value;
  const others = ['/y', 'NAME', '404', 'http://127.0.0.1:9/', 'y.example', '.y'];
  const forms = others.map((other) => (half === 0 ? [value, other] : [other, value]).join(PAIR_SEPARATOR));
  return (
    forms.find((raw) => isTaken(spec, raw)) ??
    forms.find((raw) => !isOtherRefused(spec, raw, half)) ??
    forms[0] ??
    value
  );
}

/** Whether it is the other half that is refused: then anything is. */
function isOtherRefused(spec: OptionSpec<unknown>, raw: string, half: number): boolean {
  const halves = raw.split(PAIR_SEPARATOR);
  const samples = ['/y', 'NAME', '404', 'http://127.0.0.1:9/', 'y.example', '.y', 'nobody'];
  return !samples.some((sample) => isTaken(spec, halves.with(half, sample).join(PAIR_SEPARATOR)));
}

function isTaken(spec: OptionSpec<unknown>, raw: string): boolean {
  try {
    spec.parse(raw);
    return true;
  } catch {
    return false;
  }
}

/** A command line with everything on, in which this option has that value. */
function commandLine({ key, spec }: Slot, raw: string, without: readonly Key[] = []): string[] {
  const given = { ...everythingOn(places.path), ...(key.startsWith('acme') && withAcme), [key]: [raw] };
  const needed = companions.filter(({ option }) => option === key).flatMap(({ needs }) => needs);
  const options = (Object.entries(given) as [Key, string[] | undefined][])
    .filter(([each]) => !without.includes(each) || needed.includes(each))
    .flatMap(([each, values = []]) => values.flatMap((value) => toArguments(each, value)));
  return [
    'setup-server',
    ...(parseFlags(spec).name === 'entry-point' ? [] : [at('files', 'harmless')]),
    ...options,
  ];
}

function toArguments(key: Key, raw: string): string[] {
  const { name, placeholders } = parseFlags(serverOptions[key]);
  if (placeholders.length === 0) return [`--${name}`];
  const [first = '', ...others] = raw.split(PAIR_SEPARATOR);
  return [`--${name}=${first}`, ...others];
}

interface Outcome {
  readonly status: number;
  readonly stderr: string;
}

/** In this process: a refusal comes before anything is started. */
async function run(argv: readonly string[]): Promise<Outcome> {
  const write = process.stderr.write.bind(process.stderr);
  let stderr = '';
  process.stderr.write = (text: string | Uint8Array) => {
    stderr += String(text);
    return true;
  };
  try {
    return { status: await runCommandLine(argv), stderr };
  } finally {
    process.stderr.write = write;
  }
}

/** Says in one message which option and which value is wrong, and what was expected. */
function expectRefusal({ key, spec, half }: Slot, value: string, { status, stderr }: Outcome): void {
  const problem = stderr.split('\n').filter((line) => line.startsWith('express: error: '));
  expect({ status, problem, stderr }).toMatchObject({ status: 2, problem: [expect.anything()] });
  const name = `--${parseFlags(spec).name}`;
  const said = stderr.split('\n').filter((line) => /^express: (error|hint): /.test(line));
  expect(said.join('\n')).toMatch(new RegExp(key === 'entryPoint' ? `${name}|the app` : name));
  const isSecret = spec.secret === true && half === 1;
  expect(problem[0]).toContain(isSecret ? '***' : JSON.stringify(value).slice(1, -1));
  expect(stderr).not.toMatch(/express: bug|^\s+at /m);
  expect(stderr.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f\x7f]/);
  expect(writtenFiles()).toEqual(['htdocs', 'rewrite.conf', 'run']);
}

function writtenFiles(): string[] {
  return readdirSync(at('root')).sort();
}

/** The values of variables, which may be anything but a NUL. */
const mayBeEmpty = (slot: Slot) => ['setenv', 'env'].includes(slot.key) && slot.half === 1;

describe('is refused, with its option:', () => {
  const named = slots.map(
    (slot) => [`--${parseFlags(slot.spec).name}, value ${slot.half + 1}`, slot] as const,
  );

  test.each(named.filter(([, slot]) => !mayBeEmpty(slot)))('nothing in %s', async (_title, slot) => {
    const raw = withOther(slot, '');
    expectRefusal(slot, raw.split(PAIR_SEPARATOR)[slot.half] ?? '', await run(commandLine(slot, raw)));
  });

  test.each(named.filter(([, { key, half }]) => !(key === 'env' && half === 1)))(
    'a line break in %s',
    async (_title, slot) => {
      expectRefusal(slot, 'x\ny', await run(commandLine(slot, withOther(slot, 'x\ny'))));
    },
  );

  const strict = named.filter(([, slot]) => !isTaken(slot.spec, withOther({ ...slot }, '-1 x')));

  test.each(strict)('what is of another type in %s', async (_title, slot) => {
    expectRefusal(slot, '-1 x', await run(commandLine(slot, withOther(slot, '-1 x'))));
  });

  const numbers = strict.filter(([, slot]) =>
    ['1', '404'].some((number) => isTaken(slot.spec, withOther(slot, number))),
  );
  const tooLarge = '99999999999999999999';

  test.each(numbers.filter(([, slot]) => !isTaken(slot.spec, withOther(slot, tooLarge))))(
    'a number that is too large in %s',
    async (_title, slot) => {
      expectRefusal(slot, tooLarge, await run(commandLine(slot, withOther(slot, tooLarge))));
    },
  );
});

/** Whether the value is the path of something on this machine. */
function isPath({ spec, half }: Slot): boolean {
  const isPair = parseFlags(spec).placeholders.length === 2;
  const raw = withOther({ key: 'entryPoint', spec, half }, 'x');
  const parsed = isTaken(spec, raw) ? spec.parse(raw) : undefined;
  return (isPair ? (parsed as readonly unknown[] | undefined)?.[half] : parsed) === path.resolve('x');
}

describe('a path is refused, with its option:', () => {
  /** Values that are no names of something that must be there. */
  const made: ReadonlySet<Key> = new Set(['serverRoot']);
  const paths = slots
    .filter((slot) => (isPath(slot) || slot.key === 'entryPoint') && !made.has(slot.key))
    .map((slot) => [`--${parseFlags(slot.spec).name}`, slot] as const);
  /** Contradicts these. */
  const without = (key: Key): Key[] =>
    key === 'sslCertificate' ? ['sslCertificateFile', 'sslCertificateKeyFile'] : [];
  const tryPath = (slot: Slot, value: string) =>
    run(commandLine(slot, withOther(slot, value), without(slot.key)));

  test.each(paths)('nothing there for %s', async (_name, slot) => {
    // What is to be made there has no directory, either.
    expectRefusal(slot, at('missing'), await tryPath(slot, at('missing/x')));
  });

  // A prefix of names is no name of a file.
  const kinds = paths.filter(([, { key }]) => key !== 'urlAlias' && key !== 'sslCertificate');

  test.each(kinds)('a directory for a file, or the other way round, for %s', async (_name, slot) => {
    const wrong = [];
    for (const value of [at('directories', 'harmless'), at('files', 'harmless')]) {
      const outcome = await tryPath(slot, value);
      // What is right is refused later, because the server root is not ours.
      if (outcome.status !== 1) expectRefusal(slot, value, outcome);
      if (/expected .*, this is a (file|directory) \[ERR_/.test(outcome.stderr)) wrong.push(value);
    }
    expect(wrong).toHaveLength(1);
  });

  const account = findUnprivileged();
  const testUnprivileged = account === undefined ? test.skip : test;

  testUnprivileged('what may not be read, for each of them', () => {
    const cases = paths.map(([, slot]) => {
      // The account may not be another than the one that runs it.
      const argv = (value: string) =>
        commandLine(slot, withOther(slot, value), ['user', ...without(slot.key)]);
      return { slot, argvs: [at('unreadable'), at('closed')].map(argv) };
    });
    const program = new URL('../dist/run-command-line.js', import.meta.url).href;
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '--eval', runAll(program)],
      {
        ...account,
        cwd: '/',
        input: JSON.stringify(cases.flatMap(({ argvs }) => argvs)),
        encoding: 'utf8',
      },
    );
    expect(stderr).toBe('');
    const outcomes = JSON.parse(stdout) as Outcome[];
    for (const [index, { slot }] of cases.entries()) {
      const [asFile, asDirectory] = outcomes.slice(2 * index, 2 * index + 2);
      const denied = [asFile, asDirectory].filter(
        (each) => each?.stderr.includes('permission denied') === true,
      );
      expect({ key: slot.key, outcomes: [asFile, asDirectory], denied: denied.length > 0 }).toMatchObject({
        denied: true,
      });
      for (const each of denied)
        if (each) expectRefusal(slot, at(each === asFile ? 'unreadable' : 'closed'), each);
    }
  });
});

/** Who cannot read everything: ourselves, or nobody when we are root. */
function findUnprivileged(): { uid: number; gid: number } | Record<string, never> | undefined {
  if (process.geteuid?.() !== 0) return {};
  const [, , uid, gid] = /^nobody:.*$/m.exec(readFileSync('/etc/passwd', 'utf8'))?.[0].split(':') ?? [];
  const account = { uid: Number(uid), gid: Number(gid) };
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  return spawnSync(process.execPath, [main, '--version'], { ...account, cwd: '/' }).status === 0
    ? account
    : undefined;
}

/** A program that runs the command lines of its standard input, and prints how each ended. */
function runAll(program: string): string {
  return `
    const { runCommandLine } = await import(${JSON.stringify(program)});
    const { readFileSync } = await import('node:fs');
    const outcomes = [];
    for (const argv of JSON.parse(readFileSync(0, 'utf8'))) {
      let stderr = '';
      process.stderr.write = (text) => (stderr += text, true);
      outcomes.push({ status: await runCommandLine(argv), stderr });
    }
    process.stdout.write(JSON.stringify(outcomes));`;
}
