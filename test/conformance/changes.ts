/** What httpd makes of a request and of an answer: from what plain Node gives to what is expected here. Pure. */
import { readChunks } from '../support/parse-response.ts';
import type { Case } from './case.ts';
import { type ClientResponse, httpdPage, type Outcome, type Seen, sortHeaders } from './outcome.ts';

type Header = readonly [name: string, value: string];

/** Names that CGI variables cannot carry are dropped. */
export function headerNames(outcome: Outcome): Outcome {
  const isCarried = ([name]: Header): boolean => /^[a-z\d-]+$/i.test(name) && !isOurs.has(name.toLowerCase());
  return eachSeen(outcome, (seen) => withHeaders(seen, headersOf(seen).filter(isCarried)));
}
const isOurs: ReadonlySet<string> = new Set(['proxy', 'x-express-start']);

/** CGI variables have no case, and an order of their own. */
export function headerCase(outcome: Outcome): Outcome {
  return eachSeen(outcome, (seen) => ({
    ...seen,
    rawHeaders: headersOf(seen).flatMap(([name, value]) => [toTitleCase(name), value]),
  }));
}

/** httpd joins what is repeated. */
export function repeatedHeaders(outcome: Outcome): Outcome {
  return eachSeen(outcome, (seen) => {
    const joined = new Map<string, string>();
    for (const [name, value] of headersOf(seen)) {
      const before = joined.get(name);
      joined.set(name, before === undefined ? value : `${before}, ${value}`);
    }
    return joined.size * 2 === seen.rawHeaders.length ? seen : withHeaders(seen, [...joined]);
  });
}

/** What httpd surely has whole before it asks the app; a little more may be, depending on its buffers. */
const SMALL_BYTES = 10_000;

/** A chunked body that httpd has whole before it asks the app has a length. */
export function smallChunks(outcome: Outcome, { steps }: Case): Outcome {
  const [first, ...more] = steps;
  const text = typeof first === 'string' ? first : '';
  const [, body = ''] = /transfer-encoding: chunked\r\n(?:.+\r\n)*\r\n([^]*)/i.exec(text) ?? [];
  const chunks = readChunks(body);
  const bytes = chunks.body.length;
  const isWaiting = more.some((step) => typeof step === 'string');
  if (isWaiting || !chunks.isComplete || bytes > SMALL_BYTES) return outcome;
  return eachSeen(outcome, (seen) => {
    const headers = headersOf(seen);
    if (!headers.some(([name]) => name.toLowerCase() === 'transfer-encoding')) return seen;
    const rest = headers.filter(([name]) => name.toLowerCase() !== 'transfer-encoding');
    return withHeaders(seen, [...rest, ['Content-Length', String(bytes)]]);
  });
}

/** For how long a connection that waits for a request is kept; httpd keeps one whose answer was cut short as long (mod_proxy_fcgi 2.4). */
export const KEEP_ALIVE_SECONDS = 6;

/** Statuses after which httpd closes the connection (`ap_status_drops_connection`). */
const closingStatuses: ReadonlySet<number> = new Set([400, 408, 411, 413, 414, 500, 501, 503]);

/** httpd says what becomes of its own connection, and says nothing when that is the rule. */
export function keepAlive(outcome: Outcome, { steps }: Case): Outcome {
  const { responses } = outcome.client;
  const isAsked = steps.some((step) => typeof step === 'string' && /\r\nConnection: keep-alive/i.test(step));
  const isDropped = outcome.app.length > 0 && responses.some(({ status }) => closingStatuses.has(status));
  const connection = isDropped && responses.length === 1 ? 'closed' : outcome.client.connection;
  const changed = eachResponse(outcome, (response, index) => {
    const headers = without(response.headers, 'connection', 'keep-alive');
    if (response.status < 200) return response;
    const isClosed = index === responses.length - 1 && connection === 'closed';
    if (isClosed) return { ...response, headers: { ...headers, connection: ['close'] } };
    const kept = isAsked
      ? { connection: ['Keep-Alive'], 'keep-alive': [`timeout=${KEEP_ALIVE_SECONDS}`] }
      : {};
    return { ...response, headers: { ...headers, ...kept } };
  });
  return { ...changed, client: { ...changed.client, connection } };
}

/** httpd joins an answer's repeated headers. */
export function joinedHeaders(outcome: Outcome): Outcome {
  return eachResponse(outcome, (response) => ({
    ...response,
    headers: Object.fromEntries(
      Object.entries(response.headers).map(([name, values]) => [
        name,
        name === 'set-cookie' ? values : [name === 'vary' ? toVary(values) : values.join(', ')],
      ]),
    ),
  }));
}

/** `fixup_vary` of httpd's http_filters.c. */
function toVary(values: readonly string[]): string {
  return values.flatMap((value) => value.split(/, */)).join(',');
}

/** A body of no chunks is a length of 0. */
export function emptyBody(outcome: Outcome): Outcome {
  return eachResponse(outcome, (response) => {
    if (response.framing !== 'chunked' || response.body !== '') return response;
    const headers = without(response.headers, 'transfer-encoding');
    return { ...response, headers: { ...headers, 'content-length': ['0'] }, framing: 'length' };
  });
}

/** httpd adds its name. */
export function server(outcome: Outcome): Outcome {
  return eachResponse(outcome, (response) => ({
    ...response,
    headers: response.status < 200 ? response.headers : { server: ['Apache'], ...response.headers },
  }));
}

function eachSeen(outcome: Outcome, change: (seen: Seen) => Seen): Outcome {
  return { ...outcome, app: outcome.app.map(change) };
}

function eachResponse(
  outcome: Outcome,
  change: (response: ClientResponse, index: number) => ClientResponse,
): Outcome {
  return { ...outcome, client: { ...outcome.client, responses: outcome.client.responses.map(change) } };
}

function without(headers: ClientResponse['headers'], ...names: readonly string[]): ClientResponse['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)));
}

function headersOf({ rawHeaders }: Seen): Header[] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  );
}

/** Other headers than plain Node saw, with what Node derives from them. */
function withHeaders(seen: Seen, headers: readonly Header[]): Seen {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers)
    values.set(name.toLowerCase(), [...(values.get(name.toLowerCase()) ?? []), value]);
  const toValue = (name: string, all: readonly string[]): string | readonly string[] =>
    name === 'set-cookie' ? all : all.length > 1 ? (seen.headers[name] ?? '') : (all[0] ?? '');
  const rawHeaders = sortHeaders(headers.flat());
  if (seen.handler === 'fetch')
    return {
      ...seen,
      rawHeaders,
      headers: Object.fromEntries(new Headers(headers.map(([...pair]) => pair))),
    };
  return {
    ...seen,
    rawHeaders,
    distinct: Object.fromEntries(values),
    headers: Object.fromEntries([...values].map(([name, all]) => [name, toValue(name, all)])),
  };
}

function toTitleCase(name: string): string {
  return name.replaceAll(/[^-]+/g, (word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase());
}

/** Where Node's parser refuses what httpd refuses as well, httpd says more. */
export function ownErrors(outcome: Outcome): Outcome {
  if (outcome.app.length > 0) return outcome;
  return eachResponse(outcome, (response) =>
    response.status >= 400 && response.headers['date'] === undefined && response.body === ''
      ? { ...response, ...page(response.headers) }
      : response,
  );
}

function page(headers: ClientResponse['headers']): Partial<ClientResponse> {
  return {
    headers: { ...headers, date: ['now'], 'content-type': ['text/html; charset=iso-8859-1'] },
    body: httpdPage,
    framing: 'length',
  };
}
