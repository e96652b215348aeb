/** Text to values, for the options about proxies; as option-values.ts. */
import { urlPath } from '../option-values.ts';

/** A URL path that is no pattern: for <Location>, which rewrites redirects and cookies, it would be one. */
export function proxiedPath(raw: string): string {
  if (/[*[]/.test(raw)) throw new RangeError('a URL path without * and [');
  return urlPath(raw);
}

/** `http://HOST[:PORT][/PATH]` or `https://…`, as it was written. */
export function serverUrl(raw: string): string {
  const isPlain = /^https?:\/\/(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:\/[\w.~+@:,;=-]*)*$/i.test(
    raw,
  );
  if (isPlain && URL.canParse(raw) && !/\/\.{1,2}(?:\/|$)/.test(raw)) return raw;
  throw new RangeError(
    'the URL of a server such as http://127.0.0.1:9000 or https://example.org/base, without account, query and fragment',
  );
}
