/** Text to values for the options about access. Each throws a RangeError whose message is what was expected. */
import { text } from '../option-values.ts';

/** A realm: what stands between quotes in WWW-Authenticate, and means nothing to httpd, which takes it for an expression. */
export function realm(raw: string): string {
  if (/^[\x20-\x7e]{1,255}$/.test(text(raw)) && !/["\\]|%\{|\$\d/.test(raw)) return raw;
  throw new RangeError(
    'ASCII text of at most 255 characters without quotes, backslashes, %{, and $ before a digit',
  );
}

/** The only way to ask for a password that hashes of passwords allow. */
export function authType(raw: string): 'Basic' {
  if (raw === 'Basic') return raw;
  throw new RangeError(
    raw === 'Digest'
      ? 'Basic: Digest wants passwords kept as MD5, or as they are, and browsers drop it; use Basic over HTTPS'
      : 'Basic',
  );
}
