import { type CgiVariables, stripMountPoint } from './cgi-request.ts';
import type { ReadForwarded } from './trusted-proxy.ts';

/** What the app is to see of an Upgrade request. */
export interface UpgradedHead {
  /** The bytes that its server reads, one character each. */
  readonly text: string;
  /** Who is at the other end, as CGI variables. */
  readonly variables: CgiVariables;
}

/** How the app is reached. */
interface HeadOptions {
  /** `/`, or a prefix without a trailing slash that is stripped from the target. */
  readonly mountPoint: string;
  readonly readForwarded: ReadForwarded;
}

/**
 * The client's request as the bridge has it → as the app is to see it: without the mount point, and as trusted proxies
 * describe it.
 */
export function rewriteUpgradedHead(
  { head, variables }: { readonly head: string; readonly variables: Readonly<Record<string, string>> },
  { mountPoint, readForwarded }: HeadOptions,
): UpgradedHead {
  const end = head.indexOf('\r\n\r\n');
  const [requestLine = '', ...lines] = head.slice(0, end).split('\r\n');
  const headers = lines.map(parseHeader);
  const asSent = new Map([
    ...headers.map(({ variable, value }) => [variable, value] as const),
    ...Object.entries(variables),
  ]);
  const forwarded = readForwarded(asSent);
  const kept = headers.flatMap(({ line, name, variable, value }) => {
    const now = forwarded.variables.get(variable);
    if (now === undefined) return [];
    return [now === value ? line : `${name}: ${now}`];
  });
  const text = [stripTarget(requestLine, mountPoint), ...kept].join('\r\n') + head.slice(end);
  return { text, variables: forwarded.variables };
}

interface HeaderLine {
  readonly line: string;
  readonly name: string;
  /** The name that `readForwarded` knows it by: a header with underscores is none that a proxy writes. */
  readonly variable: string;
  readonly value: string;
}

/** httpd has joined repeated headers, so each name comes once. */
function parseHeader(line: string): HeaderLine {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon);
  const variable = name.includes('_') ? name : `HTTP_${name.toUpperCase().replaceAll('-', '_')}`;
  return { line, name, variable, value: line.slice(colon + 1).trim() };
}

function stripTarget(requestLine: string, mountPoint: string): string {
  if (mountPoint === '/') return requestLine;
  const [method = '', target = '', version = ''] = requestLine.split(' ');
  return `${method} ${stripMountPoint(target, mountPoint)} ${version}`;
}
