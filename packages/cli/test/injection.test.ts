/**
 * Every option that takes a value is given hostile ones. A value is refused for itself, with status 2, or httpd and the
 * shell read it as one argument, where they would read a harmless one. A new option is covered without being named here,
 * unless it needs another, or a file of a new kind: these are in everything-on.ts and hostile-places.ts.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { companions } from '../src/companions.ts';
import { type OptionSpec, PAIR_SEPARATOR, parseFlags } from '../src/option-spec.ts';
import { serverOptions } from '../src/options.ts';
import { previewFiles } from '../src/prepare-server.ts';
import { describeError } from '../src/report-error.ts';
import { resolveSettings } from '../src/settings.ts';
import { type Key, everythingOn, withAcme } from './support/everything-on.ts';
import { readDirectives, toHarmless, toShellCommand } from './support/directives.ts';
import { HARMLESS, type HostilePlaces, createHostilePlaces, findHttpd } from './support/hostile-places.ts';

/** What would be a directive, an argument, a variable, a pattern, a comment or a command of its own if it came through as it is. */
const hostile: Readonly<Record<string, string>> = {
  'a quote and a directive': 'hostile" "y"\\" ServerTokens Full',
  'single quotes and a section': "hostile' 'y>z<If true><IfDefine z",
  'a variable': '${HOME}${express_dollar}hostile',
  'an expression': '%{HTTP_HOST}%{env:HOME}%1hostile',
  'a backreference': '$0$1\\1hostile',
  'a backslash at the end': 'hostile\\',
  'a comment': '#hostile',
  'a regular expression': '(hostile|.*)[y]{2}?+^$',
  'flags of a rule': 'hostile [P,L] env=y early',
  'commands for a shell': '`>marker`$(>marker);>marker&hostile',
  'a file to include': '*?hostile',
};

const control: Readonly<Record<string, string>> = {
  'a line feed': 'x\nServerTokens Full',
  'a carriage return': 'x\rServerTokens Full',
  'a tabulator': 'x\ty',
  'a NUL': 'x\0y',
  'a delete': 'x\x7fy',
  'an escape': 'x\x1b[31my',
};

/** How a value may be dressed to pass for what an option wants; the first that is taken is used. */
const dresses: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `/x${text}`,
  (text) => `http://127.0.0.1:9/${text}`,
  (text) => `x.${text}`,
  (text) => `y.${text}`,
  // It must have it, and knows few words that begin with %.
  (text) => `%M ${text}`,
  (text) => `--title=${text}`,
  ...(
    ['directories', 'files', 'programs', 'certificates', 'httpds', 'modules', 'passwords', 'stores'] as const
  ).map((kind) => (text: string) => path.join(places.path, kind, text)),
];

/** What the other half of a pair may be. */
const otherHalves = () => [file(), '/y', 'NAME', '404', 'http://127.0.0.1:9/', 'y.example', '.y', '1'];

let places: HostilePlaces;
const file = () => path.join(places.path, 'files', HARMLESS);

/** What is not on, for options that contradict it. */
const variants: readonly (() => Partial<Record<Key, string[] | undefined>>)[] = [
  () => ({}),
  () => ({ authUserScript: undefined, authGroupScript: undefined, authGroup: undefined }),
  () => ({ sslCertificateFile: undefined, sslCertificateKeyFile: undefined, rotateLogs: ['off'] }),
  () => withAcme,
];

beforeAll(async () => {
  places = await createHostilePlaces(Object.values(hostile));
});

afterAll(() => {
  places.remove();
});

/** An option, and of two values the one that is hostile. */
interface Slot {
  readonly key: Key;
  readonly spec: OptionSpec<unknown>;
  readonly half: number;
}

const slots: readonly Slot[] = (Object.entries(serverOptions) as [Key, OptionSpec<unknown>][]).flatMap(
  ([key, spec]) => parseFlags(spec).placeholders.map((_, half) => ({ key, spec, half })),
);

/** Options of the app's processes alone, in which a line break has a meaning. */
const multiline: ReadonlySet<string> = new Set(['env']);

describe.each(slots.filter(({ key }) => !multiline.has(key)).map((slot) => [slot.key, slot] as const))(
  'the option %s',
  (_key, slot) => {
    test.each(Object.entries(control))('refuses %s', (_title, text) => {
      for (const raw of writtenForms(slot, text)) expect(() => slot.spec.parse(raw)).toThrow(RangeError);
    });
  },
);

test('every option that needs another has it here', () => {
  const given = variants.map((variant) => ({ ...everythingOn(places.path), ...variant() }));
  for (const { needs } of companions)
    expect(given.some((each) => needs.some((key) => each[key] !== undefined))).toBe(true);
});

const httpd = findHttpd();
const describeWithHttpd = httpd === undefined ? describe.skip : describe;

describeWithHttpd('every option with', () => {
  test.each(Object.entries(hostile))(
    '%s is one argument where a harmless value is one, or is refused',
    async (_title, text) => {
      let left: Attempt[] = slots.map((slot) => ({
        slot,
        forms: writtenForms(slot, text).filter((raw) => isTaken(slot, raw)),
      }));
      for (const variant of variants) {
        const { tried, refused } = await settle(left, variant);
        const expected = await preview(
          tried.map(([slot, raw]) => [slot, withHarmless(raw, text)]),
          variant,
        );
        expect(whatIsRead(await preview(tried, variant), text)).toEqual(whatIsRead(expected, text));
        left = refused;
      }
      expect(left.map(({ slot }) => slot.key)).toEqual([]);
    },
  );

  test.each([...multiline])('a line break in --%s leads to the same directives', async (key) => {
    const slot = slots.find((each) => each.key === key && each.half === 1);
    if (slot === undefined) throw new Error(`${key} takes no pair`);
    const [two, one] = [`x\nServerTokens Full`, HARMLESS].map((text) => `NAME${PAIR_SEPARATOR}${text}`);
    const read = async (raw = '') => whatIsRead(await preview([[slot, raw]], () => ({})), '\n');
    expect(await read(two)).toEqual(await read(one));
  });
});

/** The forms in which an option could be given `text`: alone, or as one half of a pair whose other half is right. */
function writtenForms({ key, spec, half }: Slot, text: string): string[] {
  const wears = isPath(spec, text)
    ? dresses.filter((wear) => path.isAbsolute(wear('')) && wear('') !== '/x')
    : dresses;
  const values = wears.map((wear) => wear(text));
  if (parseFlags(spec).placeholders.length === 1) return values;
  const join = (value: string, other: string) =>
    (half === 0 ? [value, other] : [other, value]).join(PAIR_SEPARATOR);
  return values.map((value) => {
    const forms = otherHalves().map((other) => join(value, other));
    return forms.find((raw) => isTaken({ key, spec, half }, raw)) ?? join(value, file());
  });
}

/** Which must exist; what is not there could not be told from what is refused. */
function isPath(spec: OptionSpec<unknown>, text: string): boolean {
  try {
    return spec.parse(text) === path.resolve(text);
  } catch {
    return false;
  }
}

function isTaken({ spec }: Slot, raw: string): boolean {
  try {
    spec.parse(raw);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

type Given = readonly [slot: Slot, raw: string];
type Variant = (typeof variants)[number];

interface Attempt {
  readonly slot: Slot;
  /** What is left to be tried. */
  readonly forms: readonly string[];
}

/** Gives each option the first of its forms that is not refused, in one configuration of all of them. */
async function settle(
  attempts: readonly Attempt[],
  variant: Variant,
): Promise<{ tried: Given[]; refused: Attempt[] }> {
  const now = attempts.map(({ slot, forms }) => ({ slot, forms: [...forms] }));
  for (;;) {
    const tried = now.flatMap(({ slot, forms: [raw] }): Given[] => (raw === undefined ? [] : [[slot, raw]]));
    const refusal = await findRefusal(tried, variant);
    if (refusal === undefined) {
      const isOver = (index: number) => now[index]?.forms.length === 0;
      return { tried, refused: attempts.filter(({ forms }, index) => forms.length > 0 && isOver(index)) };
    }
    now.find(({ slot }) => slot === refusal)?.forms.shift();
  }
}

/** The option whose value is refused: the first that the message names. */
async function findRefusal(tried: readonly Given[], variant: Variant): Promise<Slot | undefined> {
  try {
    await preview(tried, variant);
    return undefined;
  } catch (error) {
    const { text, status } = describeError(error);
    const [first] = tried
      .map(([slot]) => ({ slot, at: text.search(shownAs(slot.key)) }))
      .filter(({ at }) => at >= 0)
      // Of two values the second is what is looked for on disk.
      .sort((a, b) => a.at - b.at || b.slot.half - a.slot.half);
    if (first === undefined) throw error;
    expect({ text, status }).toEqual({ text, status: 2 });
    return first.slot;
  }
}

/** What a message names an option by, beside its name. */
const otherNames: Partial<Record<Key, string>> = {
  entryPoint: 'the app',
  httpdExecutable: 'is not an Apache httpd',
};

function shownAs(key: Key): RegExp {
  return new RegExp(`--${parseFlags(serverOptions[key]).name}(?![a-z-])|${otherNames[key] ?? '(?!)'}`);
}

type Files = Awaited<ReturnType<typeof previewFiles>>;

async function preview(given: readonly Given[], variant: Variant): Promise<Files> {
  const values: Record<string, string[] | undefined> = { ...everythingOn(places.path), ...variant() };
  for (const [{ key }] of given)
    values[key] = given.flatMap(([slot, raw]) => (slot.key === key ? [raw] : []));
  return previewFiles(resolveSettings(serverOptions, { values, env: {} }), []);
}

function withHarmless(raw: string, text: string): string {
  return raw.replaceAll(text, HARMLESS);
}

/** What httpd and shells make of the files, in terms of a harmless value. */
function whatIsRead(files: Files, text: string): unknown {
  for (const { path: name, text: content, mode } of files)
    writeFileSync(path.join(places.path, name), content, { mode });
  const directives = readDirectives(path.join(places.path, 'httpd.conf'));
  const piped = directives.flatMap(([name, target = '']) =>
    name === 'CustomLog' && target.startsWith('|$') ? [toShellCommand(target)] : [],
  );
  return {
    directives: directives.map((words) => words.map((word) => toHarmless(word, text)).join('\n')).sort(),
    apachectl: calledBy('sh', [path.join(places.path, 'apachectl'), '-DFOREGROUND'], text),
    logs: piped.map((command) => calledBy('sh', ['-c', command], text)),
    // What a value would have written, had a shell obeyed it.
    markers: readdirSync(places.path, { recursive: true }).filter((name) => String(name).endsWith('marker')),
  };
}

/** How the program at the end of a script is called; the script must be right. */
function calledBy(shell: string, args: readonly string[], text: string): string {
  const { status, stdout, stderr } = spawnSync(shell, args, {
    cwd: places.path,
    env: { PATH: process.env['PATH'], RECORD: '1' },
    encoding: 'utf8',
    input: '',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout.replaceAll(text, HARMLESS);
}
