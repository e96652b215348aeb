import { isDeepStrictEqual } from 'node:util';

/** Where two values differ: path → what the second has there; `null` for nothing. Lists of another length differ whole. */
export type Delta = Readonly<Record<string, unknown>>;

/** What has to be changed in the first value to get the second. */
export function findDelta(from: unknown, to: unknown, path = ''): Delta {
  if (isDeepStrictEqual(from, to)) return {};
  const keys = commonKeys(from, to);
  if (keys === undefined) return { [path]: to ?? null };
  return Object.assign(
    {},
    ...keys.map((key) => findDelta(member(from, key), member(to, key), path === '' ? key : `${path}.${key}`)),
  ) as Delta;
}

function commonKeys(from: unknown, to: unknown): readonly string[] | undefined {
  if (typeof from !== 'object' || typeof to !== 'object' || from === null || to === null) return undefined;
  if (Array.isArray(from) !== Array.isArray(to)) return undefined;
  if (Array.isArray(from) && (from.length !== (to as unknown[]).length || typeof from[0] !== 'object'))
    return undefined;
  return [...new Set([...Object.keys(from), ...Object.keys(to)])];
}

function member(value: unknown, key: string): unknown {
  return (value as Record<string, unknown>)[key];
}
