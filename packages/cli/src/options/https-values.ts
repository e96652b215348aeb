/** Text to values, for the options about HTTPS and host names; as option-values.ts. */
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { domainToASCII } from 'node:url';

/** An OpenSSL cipher list that selects something. */
export function cipherSuite(raw: string): string {
  if (!/^[\w!+@=:.-]+$/.test(raw) || !selectsCiphers(raw))
    throw new RangeError('ciphers as OpenSSL writes them, such as ECDHE+AESGCM:ECDHE+CHACHA20');
  return raw;
}

/** Node's OpenSSL knows what httpd's knows, or httpd says so when it starts. */
function selectsCiphers(list: string): boolean {
  try {
    createSecureContext({ ciphers: list });
    return true;
  } catch {
    return false; // "no cipher match"
  }
}

/** The value of Strict-Transport-Security. RFC 6797 §6.1; preload is what browsers' lists ask for. */
export function hstsPolicy(raw: string): string {
  if (/^max-age=\d{1,10}(; *(includeSubDomains|preload))*$/i.test(raw)) return raw;
  throw new RangeError('a policy such as "max-age=31536000; includeSubDomains; preload"');
}

/** What a URL of an ACME directory is. */
export function httpsUrl(raw: string): string {
  const isUrl = /^https:\/\/[\x21-\x7e]+$/.test(raw) && !/["\\<>^`{|}]/.test(raw) && URL.canParse(raw);
  if (!isUrl) throw new RangeError('a URL such as https://acme.example.com/directory');
  return raw;
}

/** RFC 5321 §4.1.2, without quotes. */
export function mailAddress(raw: string): string {
  if (/^[\w.!#&'*+/=?^`{|}~-]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(raw) && raw.length <= 254) return raw;
  throw new RangeError('an address such as admin@example.com');
}

/** A host name in lower case, other scripts than ASCII as DNS has them. */
export function hostName(raw: string): string {
  return toHostName(raw, /^[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$/, 'a host name such as www.example.com');
}

/** The same with the wildcards of ServerAlias. */
export function hostPattern(raw: string): string {
  return toHostName(
    raw,
    /^[a-z0-9_*?]([a-z0-9_.*?-]*[a-z0-9_*?])?$/,
    'a host name such as example.org or *.example.org',
  );
}

function toHostName(raw: string, shape: RegExp, expected: string): string {
  const name = /[^\x00-\x7f]/.test(raw) ? domainToASCII(raw) : raw.toLowerCase();
  if (name.length > 253 || isIP(name) > 0 || name.includes('..') || !shape.test(name))
    throw new RangeError(expected);
  return name;
}
