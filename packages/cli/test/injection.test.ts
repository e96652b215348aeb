/**
 * Every option that takes a value is given hostile ones. A value is refused, or httpd reads the same directives as with a
 * harmless value in its place. New options are covered without being named here.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { type OptionSpec, PAIR_SEPARATOR, parseFlags } from '../src/option-spec.ts';
import { serverOptions } from '../src/options.ts';
import { previewConfiguration } from '../src/prepare-server.ts';
import { describeError } from '../src/report-error.ts';
import { type RawValues, resolveSettings } from '../src/settings.ts';

/** Options of which the value chooses a program or a place for it, before there is a configuration. */
const exempt: ReadonlySet<string> = new Set(['httpdExecutable', 'modulesDirectory']);

const specs: readonly [string, OptionSpec<unknown>][] = Object.entries(serverOptions).filter(
  ([key, spec]) => parseFlags(spec).placeholders.length > 0 && !exempt.has(key),
);

/** What would be a directive, an argument, a variable, a pattern or a comment of its own if it came through as it is. */
const hostile: Readonly<Record<string, string>> = {
  'a quote and a directive': 'x" "y"\\" ServerTokens Full',
  'single quotes and a section': "x' 'y>z<If true><IfDefine z",
  'a variable': '${HOME}${express_dollar}x',
  'an expression': '%{HTTP_HOST}%{env:HOME}%1x',
  'a backreference': '$0$1\\1x',
  'a backslash at the end': 'x\\',
  'a comment': '#x',
  'a regular expression': '(x|.*)[y]{2}?+^$',
  'flags, and commands for a shell': 'x [P,L] env=y early `id`$(id);id|id&id',
  'a file to include': '*?x',
};

const control: Readonly<Record<string, string>> = {
  'a line feed': 'x\nServerTokens Full',
  'a carriage return': 'x\rServerTokens Full',
  'a tabulator': 'x\ty',
  'a NUL': 'x\0y',
  'a delete': 'x\x7fy',
  'an escape': 'x\x1b[31my',
};

/** Switches under which other options reach more places. */
const switches = ['spa', 'precompressed', 'directoryListing', 'errorOverride', 'accessLog', 'serverStatus'];

const harmless = 'harmless';

/** How a value may be dressed to pass for what an option wants. */
const dresses: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'as a URL path': (text) => `/x${text}`,
  'as a URL': (text) => `http://127.0.0.1:9/${text}`,
  'as a name': (text) => `x.${text}`,
  'as a directory': (text) => path.join(places, 'directories', text),
  'as a file': (text) => path.join(places, 'files', text),
};

/** What the other half of a pair may be. */
const companions = ['/y', 'NAME', '404', 'http://127.0.0.1:9/', 'y.example', '.y', '1'];

/** What a value must begin with where httpd checks its meaning. */
const beginnings: Readonly<Record<string, string>> = { errorLogFormat: '%M ' };

let places = '';

beforeAll(() => {
  places = mkdtempSync(path.join(tmpdir(), 'injection-'));
  chmodSync(places, 0o755);
  for (const text of [harmless, ...Object.values(hostile)]) {
    const directory = path.join(places, 'directories', text);
    mkdirSync(path.join(directory, 'run'), { recursive: true });
    for (const name of ['rewrite.conf', 'index.html']) writeFileSync(path.join(directory, name), '#\n');
    for (const name of ['files', 'documents']) mkdirSync(path.join(places, name), { recursive: true });
    writeFileSync(path.join(places, 'files', text), '#\n');
    writeFileSync(path.join(places, 'documents', `x${text}`), 'a document');
  }
  writeFileSync(path.join(places, 'documents', 'index.html'), 'a document');
  const root = path.join(places, 'root');
  for (const name of ['run', 'htdocs']) mkdirSync(path.join(root, name), { recursive: true });
  writeFileSync(path.join(root, 'rewrite.conf'), '#\n');
});

afterAll(() => {
  rmSync(places, { recursive: true });
});

/** Options of the app's processes alone, in which a line break has a meaning. */
const multiline: ReadonlySet<string> = new Set(['env']);

describe.each(specs.filter(([key]) => !multiline.has(key)))('the option %s', (_key, spec) => {
  test.each(Object.entries(control))('refuses %s', (_title, text) => {
    for (const raw of writtenForms(spec, text, Object.values(dresses)))
      expect(() => spec.parse(raw)).toThrow(RangeError);
  });
});

const httpd = ['/usr/sbin/apache2', '/usr/sbin/httpd', '/usr/local/apache2/bin/httpd'].find((file) =>
  existsSync(file),
);
const infoModule = ['/usr/lib/apache2/modules', '/usr/lib64/httpd/modules', '/usr/local/apache2/modules']
  .map((directory) => path.join(directory, 'mod_info.so'))
  .find((file) => existsSync(file));
const describeWithHttpd = httpd === undefined || infoModule === undefined ? describe.skip : describe;

describeWithHttpd('every option together, with', () => {
  const cases = Object.entries(hostile).flatMap(([title, text]) =>
    Object.entries(dresses).map(([dress, wear]) => [title, dress, text, wear] as const),
  );

  test.each(cases)('%s %s, leads to the same directives as with a harmless value', async (...args) => {
    const [, , text, wear] = args;
    const taken = specs.flatMap(([key, spec]) => {
      const raw = writtenForms(spec, text, [wear]).find((each) => isTaken(spec, each));
      // Its own language, in which httpd refuses words it does not know.
      if (key === 'errorLogFormat' && text.includes('%')) return [];
      // It would be made; here nothing is written.
      if (key === 'serverRoot' && raw !== undefined && !existsSync(path.join(raw, 'run'))) return [];
      return raw === undefined ? [] : [{ key, raw: `${beginnings[key] ?? ''}${raw}` }];
    });
    const { chosen, conf } = await configure(taken);
    for (const { key } of chosen) tried.add(key);
    const benign = chosen.map(({ key, raw }) => ({
      key,
      raw: raw.replace(wear(text), () => wear(harmless)),
    }));
    expect(directivesOf(conf)).toEqual(await expectedDirectives(benign));
  });

  test.each([...multiline])('a line break in --%s, leads to the same directives', async (key) => {
    const raw = (text: string) => `NAME${PAIR_SEPARATOR}${text}`;
    const conf = await preview([{ key, raw: raw(control['a line feed'] ?? '') }]);
    expect(directivesOf(conf)).toEqual(await expectedDirectives([{ key, raw: raw(harmless) }]));
  });

  test('the options whose values are free among them', () => {
    const free = [
      'documentRoot',
      'urlAlias',
      'directoryIndex',
      'setenv',
      'mountPoint',
      'errorDocument',
      'spaExclude',
      'includeFile',
    ];
    expect([...tried]).toEqual(expect.arrayContaining(free));
  });
});

/** Options that got a hostile value past their checks. */
const tried = new Set<string>();

/** The forms in which an option could be given `text`: alone, or as one half of a pair. */
function writtenForms(
  spec: OptionSpec<unknown>,
  text: string,
  wears: readonly ((text: string) => string)[],
): string[] {
  const values = wears.map((wear) => wear(text));
  if (parseFlags(spec).placeholders.length === 1) return values;
  const others = [...companions, path.join(places, 'files', harmless)];
  return values.flatMap((value) =>
    others.flatMap((other) => [`${other}${PAIR_SEPARATOR}${value}`, `${value}${PAIR_SEPARATOR}${other}`]),
  );
}

function isTaken(spec: OptionSpec<unknown>, raw: string): boolean {
  try {
    spec.parse(raw);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

const expectedSoFar = new Map<string, Promise<string[]>>();

/** What httpd reads where no value is hostile; the same for many hostile ones. */
function expectedDirectives(benign: readonly Given[]): Promise<string[]> {
  const key = JSON.stringify(benign);
  const known = expectedSoFar.get(key) ?? preview(benign).then(directivesOf);
  expectedSoFar.set(key, known);
  return known;
}

interface Given {
  readonly key: string;
  readonly raw: string;
}

/** The configuration of all options at once, but for those that are refused with status 2, one after the other. */
async function configure(given: readonly Given[]): Promise<{ chosen: readonly Given[]; conf: string }> {
  try {
    return { chosen: given, conf: await preview(given) };
  } catch (error) {
    const { text, status } = describeError(error);
    const refused = given
      .map((each) => ({ each, at: text.search(shownAs(each.key)) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0]?.each;
    if (refused === undefined) throw error;
    expect([1, 2]).toContain(status);
    return configure(given.filter((each) => each !== refused));
  }
}

/** How a message names an option. */
function shownAs(key: string): RegExp {
  return key === 'entryPoint' ? /the app/ : new RegExp(`--${nameOf(key)}(?![a-z-])`);
}

function nameOf(key: string): string {
  return parseFlags((serverOptions as Readonly<Record<string, OptionSpec<unknown>>>)[key] ?? { flags: '' })
    .name;
}

async function preview(given: readonly Given[]): Promise<string> {
  const values: RawValues = {
    serverRoot: [path.join(places, 'root')],
    documentRoot: [path.join(places, 'documents')],
    ...Object.fromEntries(switches.map((key) => [key, ['on']])),
    ...Object.fromEntries(given.map(({ key, raw }) => [key, [raw]])),
  };
  return previewConfiguration(resolveSettings(serverOptions, { values, env: {} }), []);
}

/** The names of the directives httpd reads, in any order: aliases are sorted by their URLs. */
function directivesOf(conf: string): string[] {
  const file = path.join(places, 'httpd.conf');
  writeFileSync(file, conf);
  const options = ['-t', '-DDUMP_CONFIG', '-C', `LoadModule info_module ${infoModule ?? ''}`, '-f', file];
  const { status, stdout, stderr } = spawnSync(httpd ?? '', options, { encoding: 'utf8' });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  return stdout
    .split('\n')
    .flatMap((line) => /^\s*(<?\/?\w+)/.exec(line)?.[1] ?? [])
    .sort();
}
