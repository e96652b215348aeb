/** Text to values, for the option table. Each throws a RangeError whose message is what was expected. Pure but for the current directory. */
import { isIP } from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { PAIR_SEPARATOR } from './option-spec.ts';

type Parse<T> = (raw: string, directory?: string) => T;

/** Timers of Node fire at once beyond this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const durationUnits: Readonly<Record<string, number>> = { '': 1000, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

const switchWords: Readonly<Record<string, boolean>> = {
  on: true,
  true: true,
  yes: true,
  1: true,
  off: false,
  false: false,
  no: false,
  0: false,
};

export function onOff(raw: string): boolean {
  return switchWords[raw.toLowerCase()] ?? expected('on or off');
}

export function wholeNumber(min: number, max: number): Parse<number> {
  return (raw) => {
    const value = /^\d{1,15}$/.test(raw) ? Number(raw) : NaN;
    return value >= min && value <= max ? value : expected(`a whole number from ${min} to ${max}`);
  };
}

/** A number of processes; `auto` is one per available core. */
export function processCount(raw: string): number {
  if (raw === 'auto') return os.availableParallelism();
  try {
    return wholeNumber(1, 512)(raw);
  } catch {
    return expected('auto or a whole number from 1 to 512'); // the same error, with both possibilities
  }
}

/** Seconds, or a number with ms, s, m or h; milliseconds out. */
export function duration(minMs = 0): Parse<number> {
  return (raw) => {
    const [, number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)(ms|s|m|h)?$/.exec(raw) ?? [];
    const value = number === '' ? NaN : Math.round(Number(number) * (durationUnits[unit] ?? NaN));
    const isLostInRounding = value === 0 && Number(number) > 0;
    if (value >= minMs && value <= MAX_TIMER_MS && !isLostInRounding) return value;
    return expected(
      `a time such as 30, 0.5, 500ms or 2m, ${minMs > 0 ? `at least ${minMs} ms and ` : ''}at most 24 days`,
    );
  };
}

/** Bytes, or a number with KB, MB, GB or TB (or K, KiB, …), all powers of 1024. */
export function byteCount(raw: string): number {
  const [, number = '', unit = ''] = /^(\d+\.?\d*|\.\d+)(?:([kmgt])i?b?|b)?$/i.exec(raw) ?? [];
  const value = number === '' ? NaN : Math.round(Number(number) * (byteUnits[unit.toLowerCase()] ?? NaN));
  return Number.isSafeInteger(value) ? value : expected('a size such as 1048576, 512KB, 10MB or 1.5GB');
}

/** The same within limits. */
export function bytesBetween(min: number, max: number): Parse<number> {
  return (raw) => {
    const value = byteCount(raw);
    return value >= min && value <= max ? value : expected(`a size from ${min} to ${max} bytes`);
  };
}

/** A share of a whole: 0 to 1. */
export function fraction(raw: string): number {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(raw) ? Number(raw) : NaN;
  return value <= 1 ? value : expected('a number from 0 to 1');
}

/** Anything that may stand in a configuration file: not empty and on one line. */
export function text(raw: string): string {
  if (raw === '') expected('a value that is not empty');
  return printable(raw);
}

/** A path, made absolute from the directory, which counts as a part of it. */
export function filePath(raw: string, directory = process.cwd()): string {
  return printable(path.resolve(directory, text(raw)));
}

/** Longest name of a file on every file system there is. */
const MAX_NAME_BYTES = 255;

/** The name of a file in whatever directory. */
export function fileName(raw: string): string {
  if (/[/\\]/.test(raw)) expected('a file name without slashes and backslashes');
  if (raw === '.' || raw === '..') expected('the name of a file, this is a directory');
  return Buffer.byteLength(raw) > MAX_NAME_BYTES
    ? expected(`a file name of at most ${MAX_NAME_BYTES} bytes`)
    : text(raw);
}

/** The name of a file for directories; `disabled` is what DirectoryIndex takes for none. */
export function indexName(raw: string): string {
  return /^disabled$/i.test(raw) ? expected('the name of a file, which disabled is not') : fileName(raw);
}

export function oneOf<const T extends string>(...words: readonly T[]): Parse<T> {
  return (raw) => words.find((word) => word === raw) ?? expected(`one of ${words.join(', ')}`);
}

/** An address or host name to bind; IPv6 loses its brackets. */
export function host(raw: string): string {
  const bare = /^\[(.*)\]$/.exec(raw)?.[1] ?? raw;
  const isValid =
    isIP(bare) > 0 ||
    (bare === raw && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(raw) && !/^[\d.]+$/.test(raw));
  return isValid ? bare : expected('an IP address or a host name');
}

/** An IP address, or a block of them as `192.0.2.0/24`. */
export function addressBlock(raw: string): string {
  const [address = '', bits, ...rest] = raw.split('/');
  const version = isIP(address);
  const isBlock =
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
  const isPlain = !address.includes('%'); // a zone is a matter of one machine
  return version > 0 && isBlock && isPlain && rest.length === 0
    ? raw
    : expected('an IP address such as 192.0.2.1, or a block such as 192.0.2.0/24 or 2001:db8::/32');
}

/** One of these header names, in any case; as it stands in the list. */
export function headerName(names: readonly string[]): Parse<string> {
  return (raw) =>
    names.find((name) => name.toLowerCase() === raw.toLowerCase()) ?? expected(`one of ${names.join(', ')}`);
}

/** A user or group: a name, or `#` and a number. */
export function account(raw: string): string {
  return /^(#\d{1,10}|[a-z_][\w.@-]*\$?)$/i.test(raw) ? raw : expected('an account name, or # and a number');
}

/** `/` or `/prefix`: a leading slash is added, trailing ones go. */
export function urlPath(raw: string): string {
  const trimmed = `/${printable(raw).replace(/^\/|\/+$/g, '')}`;
  const hasOddSegment = trimmed
    .split('/')
    .some(
      (segment, index, all) =>
        segment === '..' || segment === '.' || (segment === '' && index > 0 && all.length > 2),
    );
  return raw === '' || hasOddSegment || /[?#%]/.test(trimmed)
    ? expected(
        'a URL path such as /static, with characters as they are (not percent-encoded) and no empty or dotted segment',
      )
    : trimmed;
}

/** A pair of which each half has its own parser. */
export function pair<A, B>(first: Parse<A>, second: Parse<B>): Parse<readonly [A, B]> {
  return (raw, directory) => {
    const at = raw.indexOf(PAIR_SEPARATOR);
    // Only a variable lacks one: on the command line they are counted.
    return at < 0
      ? expected('two values with = between them')
      : [first(raw.slice(0, at), directory), second(raw.slice(at + 1), directory)];
  };
}

/** A URL path of which no part has a meaning in an expression of httpd, as which it reads the argument of ErrorDocument. */
export function plainUrlPath(raw: string): string {
  return /[\\$]/.test(raw) ? expected('a URL path without backslashes and dollar signs') : urlPath(raw);
}

/** The status of an answer that is an error. */
export function errorStatus(raw: string): number {
  return /^[45]\d\d$/.test(raw) ? Number(raw) : expected('a status from 400 to 599');
}

/** rotatelogs counts bytes in 32 bits: 5GB would be 1GB, and 4GB no size at all. httpd 2.4.71 */
const MAX_LOG_BYTES = 2 ** 32 - 2 ** 20;

/** Megabytes, or a size with its unit; at least a kilobyte, and what rotatelogs can count. */
export function megabytes(raw: string): number {
  const value = byteCount(/^[\d.]+$/.test(raw) ? `${raw}MB` : raw);
  return value >= 1024 && value <= MAX_LOG_BYTES ? value : expected('a size from 1KB to 4095MB');
}

/** `common`, `combined`, `json`, or what LogFormat takes; httpd judges the rest. */
export function logFormat(raw: string): string {
  const directive = /%(?:%|[<>]?(?:!?\d{3}(?:,\d{3})*)?[<>]?(?:\{[^}]*\})?(?:[a-zA-Z]|\^t[io]))/g;
  return text(raw).replace(directive, '').includes('%')
    ? expected(
        'common, combined, json, or a format in which % begins a directive of LogFormat, such as "%h %t %r"',
      )
    : raw;
}

/** What ErrorLogFormat takes, with the message in it; httpd judges the rest. httpd 2.4.71: %+ is for one line alone. */
export function errorLogFormat(raw: string): string {
  const directive = /%(?:[% ]|(?:[+-]|\d+|\{[^}]*\})*[aAeEFiklLmMnOPtTvV])/g;
  const used = text(raw).match(directive) ?? [];
  return raw.replace(directive, '').includes('%') || !used.some((each) => each.endsWith('M'))
    ? expected('a format in which % begins a directive of ErrorLogFormat, and %M is the message')
    : raw;
}

/** `.shtml`; the dot may be missing. */
export function fileExtension(raw: string): string {
  return /^\.?[a-z0-9][\w-]{0,31}$/i.test(raw)
    ? `.${raw.replace(/^\./, '')}`
    : expected('a file extension such as .shtml');
}

/** The name of a service, as logs and `express status` show it. */
export function serviceName(raw: string): string {
  return /^[a-z0-9][\w.-]{0,63}$/i.test(raw)
    ? raw
    : expected('a name of letters, digits, dots, dashes and _');
}

/** The name of an environment variable. */
export function variableName(raw: string): string {
  return /^[a-z_]\w*$/i.test(raw) ? raw : expected('a variable name of letters, digits and _');
}

/** A value on one line, which may be empty. A line break would start a directive of its own in httpd.conf. */
export function printable(raw: string): string {
  return /[\x00-\x1f\x7f]/.test(raw) ? expected('a value without line breaks and control characters') : raw;
}

/** A value of an environment variable: whatever but the one character that ends it. */
export function environmentValue(raw: string): string {
  return raw.includes('\0') ? expected('a value without NUL characters') : raw;
}

function expected(what: string): never {
  throw new RangeError(what);
}
