import type { RawResponse } from '../support/parse-response.ts';

/** What a client got of one exchange. */
export interface ClientOutcome {
  readonly clientPort: number;
  /** Informational ones too. */
  readonly responses: readonly ClientResponse[];
  /** `kept`: it took another request; `left`: the client broke it. */
  readonly connection: 'kept' | 'closed' | 'left';
}

/** A response, comparable. */
export interface ClientResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Lower-case name → every value, in order. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: string;
  readonly framing: RawResponse['framing'];
  /** False where the client can tell that the end is missing. */
  readonly isComplete: boolean;
}

/** What the app saw of one request: the record of fixtures/apps/conformance.mjs, or of conformance-fetch.mjs. */
export interface Seen {
  readonly handler?: 'fetch';
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly distinct: Readonly<Record<string, readonly string[]>>;
  readonly rawHeaders: readonly string[];
  readonly remote: readonly unknown[];
  readonly local: readonly unknown[];
  readonly events: readonly string[];
  readonly [fact: string]: unknown;
}

/** All there is to compare of one case. */
export interface Outcome {
  readonly client: Omit<ClientOutcome, 'clientPort'>;
  readonly app: readonly Seen[];
}

/** Stands for a page that httpd writes for an error. */
export const httpdPage = '(page of httpd)';

const MAX_AGE_MS = 60_000;

/** A response without what no two have in common: the time, when it is about now. */
export function describeResponse({
  version,
  status,
  reason,
  headers,
  body,
  framing,
  isComplete,
}: RawResponse): ClientResponse {
  const grouped: Record<string, string[]> = {};
  for (const [name, value] of headers)
    (grouped[name.toLowerCase()] ??= []).push(comparableValue(name, value));
  const isErrorPage = body.startsWith('<!DOCTYPE HTML PUBLIC');
  if (isErrorPage) delete grouped['content-length'];
  return {
    version,
    status,
    reason,
    headers: grouped,
    body: isErrorPage ? httpdPage : body,
    framing,
    isComplete,
  };
}

function comparableValue(name: string, value: string): string {
  const isNow =
    ['date', 'last-modified'].includes(name.toLowerCase()) &&
    Math.abs(Date.now() - Date.parse(value)) < MAX_AGE_MS;
  return isNow ? 'now' : value;
}

/** Puts together what client and app saw; ports that differ by nature become words. */
export function toOutcome(client: ClientOutcome, seen: readonly Seen[], serverPort: number): Outcome {
  const { clientPort, ...rest } = client;
  return {
    client: rest,
    app: seen.map((record) => ({
      ...record,
      ...(record.handler === 'fetch' && {
        url: String(record['url']).replace(`127.0.0.1:${serverPort}/`, 'server/'),
      }),
      rawHeaders: sortHeaders(record.rawHeaders),
      remote: record.remote.map((part) => (part === clientPort ? 'client' : part)),
      local: record.local.map((part) => (part === serverPort ? 'server' : part)),
    })),
  };
}

/** Headers of different names in one order: nobody depends on it, and CGI variables have their own. */
export function sortHeaders(rawHeaders: readonly string[]): string[] {
  return rawHeaders
    .flatMap((name, index) => (index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : []))
    .sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0))
    .flat();
}
