import { BlockList, isIP, isIPv6 } from 'node:net';

import type { CgiVariables } from './cgi-request.ts';
import type { TrustSettings } from './messages.ts';

/** A request as the trusted proxies in front of httpd describe it. */
interface ForwardedRequest {
  readonly variables: CgiVariables;
  /** URL path a proxy has taken off, without a trailing slash; empty where none has. */
  readonly prefix: string;
}

/** Tells what a request was before proxies passed it on. */
export type ReadForwarded = (variables: CgiVariables) => ForwardedRequest;

/** A request that is being put together. */
interface Draft {
  readonly variables: Map<string, string>;
  prefix: string;
}

/** What a group of headers speaks of. */
interface Category {
  /** As CGI variables. */
  readonly headers: readonly string[];
  /** Changes the request as the header says; values that make no sense change nothing. */
  apply(draft: Draft, header: string, value: string, isTrusted: IsTrusted): void;
}

type IsTrusted = (address: string) => boolean;

/**
 * The headers that may be trusted. Within a category any of them means the same, so once one is trusted the others are
 * kept from the app: a client could say in one what the proxy does not overwrite. The categories of mod_wsgi 6.
 */
const categories: readonly Category[] = [
  { headers: variablesOf('X-Forwarded-For', 'X-Client-IP', 'X-Real-IP'), apply: applyClient },
  { headers: variablesOf('X-Forwarded-Host', 'X-Host'), apply: set('HTTP_HOST', isHost) },
  { headers: variablesOf('X-Forwarded-Server'), apply: set('SERVER_NAME', isHost) },
  { headers: variablesOf('X-Forwarded-Port'), apply: set('SERVER_PORT', isPort) },
  {
    headers: variablesOf('X-Forwarded-Prefix', 'X-Script-Name', 'X-Forwarded-Script-Name'),
    apply: applyPrefix,
  },
  {
    headers: variablesOf(
      ...['X-Forwarded-Proto', 'X-Forwarded-Scheme', 'X-Scheme'],
      ...['X-Forwarded-HTTPS', 'X-Forwarded-SSL', 'X-HTTPS'],
    ),
    apply: applyScheme,
  },
];

/** Without settings nothing is believed, and every header reaches the app as the client sent it. */
export function createForwardedReader(trust: TrustSettings | undefined): ReadForwarded {
  if (trust === undefined) return (variables) => ({ variables, prefix: '' });
  const isTrusted = createPeerCheck(trust.proxies);
  const believed = variablesOf(...trust.headers); // as they were declared: the last one wins
  const matched = categories.filter(({ headers }) => headers.some((name) => believed.includes(name)));
  return (variables) => {
    const draft: Draft = { variables: new Map(variables), prefix: '' };
    for (const { headers } of matched) for (const name of headers) draft.variables.delete(name);
    if (!isTrusted(variables.get('REMOTE_ADDR') ?? '')) return draft;
    for (const name of believed) {
      const value = variables.get(name);
      if (value === undefined) continue;
      draft.variables.set(name, value);
      matched.find(({ headers }) => headers.includes(name))?.apply(draft, name, value, isTrusted);
    }
    return draft;
  };
}

function variablesOf(...headers: readonly string[]): string[] {
  return headers.map((name) => `HTTP_${name.toUpperCase().replaceAll('-', '_')}`);
}

function createPeerCheck(proxies: readonly string[]): IsTrusted {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isIP(address) > 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

/** From the right past every trusted proxy: the first address that is none is the client; left of it anyone may have written. */
function applyClient({ variables }: Draft, header: string, value: string, isTrusted: IsTrusted): void {
  const entries = value
    .split(',')
    .map(bareAddress)
    .filter((entry) => entry !== '');
  let at = entries.length;
  while (at > 0 && isIP(entries[at - 1] ?? '') > 0) {
    at -= 1;
    if (!isTrusted(entries[at] ?? '')) break;
  }
  const client = entries[at];
  if (client === undefined) return;
  variables.set('REMOTE_ADDR', client);
  variables.delete('REMOTE_PORT');
  variables.set(header, entries.slice(at).join(', '));
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function bareAddress(entry: string): string {
  const text = entry.trim();
  return /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
}

function set(variable: string, isValid: (value: string) => boolean): Category['apply'] {
  return ({ variables }, _header, value) => {
    const last = lastOf(value);
    if (isValid(last)) variables.set(variable, last);
  };
}

const flags: ReadonlySet<string> = new Set(['on', 'true', '1']);

/** Names of the scheme, or a flag for https. It is stronger than what httpd itself knows: TLS may have ended before. */
function applyScheme({ variables }: Draft, header: string, value: string): void {
  const word = lastOf(value).toLowerCase();
  const isName = /PROTO$|SCHEME$/.test(header);
  if (isName && word !== 'https' && word !== 'http') return;
  const isHttps = isName ? word === 'https' : flags.has(word);
  variables.set('REQUEST_SCHEME', isHttps ? 'https' : 'http');
  if (isHttps) variables.set('HTTPS', 'on');
  else variables.delete('HTTPS');
}

function applyPrefix(draft: Draft, _header: string, value: string): void {
  const prefix = lastOf(value).replace(/\/+$/, '');
  if (prefix === '' || /^(?:\/[^/?#\s]+)+$/.test(prefix)) draft.prefix = prefix;
}

/** The proxy nearest to us wrote it. */
function lastOf(value: string): string {
  return value.slice(value.lastIndexOf(',') + 1).trim();
}

function isHost(value: string): boolean {
  return /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.test(value);
}

function isPort(value: string): boolean {
  return /^\d{1,5}$/.test(value) && Number(value) > 0 && Number(value) < 65_536;
}
