/** A user and a password, as a client sent them. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
  /** The user's name as it came, one character per byte. */
  readonly rawUser: string;
}

/** Longer names would not fit into the header lines httpd reads. */
const MAX_USER_BYTES = 1024;

/**
 * What `Authorization: Basic` says (RFC 7617), or undefined where it says nothing usable. Control characters are refused
 * as the RFC wants; so are spaces around the name, which would be lost on the way to httpd and make it another user's.
 */
export function parseBasicCredentials(header: string | undefined): Credentials | undefined {
  const encoded = /^basic +([a-z\d+/]+={0,2}) *$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const bytes = Buffer.from(encoded, 'base64');
  const colon = bytes.indexOf(':');
  const rawUser = bytes.toString('latin1', 0, colon);
  if (colon <= 0 || colon > MAX_USER_BYTES || /^ | $/.test(rawUser)) return undefined;
  if (bytes.some((byte) => byte < 0x20 || byte === 0x7f)) return undefined;
  return { user: decode(bytes.subarray(0, colon)), password: decode(bytes.subarray(colon + 1)), rawUser };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Clients that were told send UTF-8; older ones send what they like. */
function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return bytes.toString('latin1'); // the only other encoding that any bytes are text in
  }
}
