/**
 * Every way in which an app and its clients see something else here than under plain Node, and why. The tables of
 * docs/differences.md are these rows (`UPDATE_GOLDEN=1` writes them). A row that shows in every case has a function in
 * changes.ts; the others name the cases in which recorded.json has the exact difference.
 */
import * as changes from './changes.ts';
import type { Case } from './case.ts';
import type { Outcome } from './outcome.ts';

/** One row. */
export interface Difference {
  readonly section: 'Requests' | 'Responses' | 'Connections and their ends';
  readonly plain: string;
  readonly here: string;
  readonly because: string;
  /** What it makes of any outcome under plain Node. */
  readonly change?: (outcome: Outcome, one: Case) => Outcome;
  /** The cases, by theme and title, in which it shows otherwise. */
  readonly cases?: RegExp;
}

/** The table. Changes are applied in this order. */
export const differences: readonly Difference[] = [
  {
    section: 'Requests',
    plain: 'header names with `_`, `.` and other tokens arrive',
    here: 'they are dropped, as is `Proxy`',
    because: 'CGI variables cannot carry them, and `X_Foo` could pass for `X-Foo`',
    change: changes.headerNames,
  },
  {
    section: 'Requests',
    plain: "`rawHeaders` has the client's capitals and order",
    here: 'Title-Case, in an order of its own',
    because: 'CGI variables have no case',
    change: changes.headerCase,
  },
  {
    section: 'Requests',
    plain: 'repeated headers arrive as sent; of some the first counts; `Cookie` is joined with `; `',
    here: 'joined with `, `, `Cookie` too',
    because: 'httpd joins them before anybody sees them',
    change: changes.repeatedHeaders,
  },
  {
    section: 'Requests',
    plain: 'a chunked body is chunked',
    here: 'one that is there at once and small (up to about 16 KB) arrives with `Content-Length` instead',
    because: 'mod_proxy_fcgi reads that much before it asks the app',
    change: changes.smallChunks,
  },
  {
    section: 'Requests',
    plain: 'the `request` that srvx gives a fetch app looks like a `Request`, with the host as it was sent',
    here: 'it is a `Request`: its `url` is normalised, and its `signal` stays the same when the body is read',
    because: '`new Request(request)` and `fetch(request)` take no other',
    cases:
      /^a request with a Host with (an IPv6|upper)|^a client that leaves in a body, and the app does read-blob/,
  },
  {
    section: 'Requests',
    plain: '`req.trailers` are filled',
    here: 'empty',
    because: 'FastCGI has no place for trailers',
    cases: /^a body of trailers/,
  },
  {
    section: 'Requests',
    plain: 'the `Host` of a target in absolute form is the header',
    here: 'the host in the target',
    because: 'RFC 9112 §3.2.2',
    cases: /^a request for an absolute form (with a port|of another host)/,
  },
  {
    section: 'Requests',
    plain:
      'a target with `#`, a broken escape, a user, another scheme, or `..` above the root, `GET *`, a `Host` that is empty, repeated or no host name, `Max-Forwards: 0`',
    here: '400',
    because: 'httpd checks them',
    cases:
      /^a request (for (a URL in the query|a number sign|an absolute form with a user|a broken escape$|a percent|half an|an asterisk|another scheme|more double|encoded dots above)|with (Max-Forwards|a Host with (nothing|a bad port)|two Host|a Host of another))/,
  },
  {
    section: 'Requests',
    plain: '`%00` in a path',
    here: '404',
    because: 'httpd',
    cases: /^a request for an encoded NUL/,
  },
  {
    section: 'Requests',
    plain: '`TRACE` and `OPTIONS *` reach the app',
    here: '405, and an empty 200',
    because: '`TraceEnable Off`; core protocol handling',
    cases: /^a request with the method (TRACE|an asterisk)/,
  },
  {
    section: 'Requests',
    plain: '`CONNECT` and methods that Node does not know are refused by its parser',
    here: '400 as well, with a page',
    because: 'httpd lets them through, the worker does not',
    cases: /^a request (with the method (CONNECT|an unknown|a method in)|for raw UTF-8)/,
  },
  {
    section: 'Requests',
    plain: 'a folded header line is refused',
    here: 'accepted, as one line',
    because: 'RFC 9112 §5.2 allows both',
    cases: /^a request with a folded line|a first line that is folded/,
  },
  {
    section: 'Requests',
    plain: 'a head over 16 KiB is 431',
    here: '400 for a header line, 414 for a request line; `--limit-request-*`',
    because: 'httpd',
    cases: /^a request (with a header of 17|for a target of 17)/,
  },
  {
    section: 'Requests',
    plain: 'no `Host`, an unknown `Expect`, and what is no request are answered without a page',
    here: 'with one of httpd; the connection is closed',
    because: 'httpd answers by itself',
    change: changes.ownErrors,
    cases: /^a request with no Host|an expectation nobody knows/,
  },
  {
    section: 'Requests',
    plain: "what is nearly a request, and what is accepted of it, is Node's choice",
    here: "httpd's; both refuse ambiguous lengths",
    because: '`HttpProtocolOptions Strict`; a length beside chunks is dropped (RFC 9112 §6.3)',
    cases: /^what is no request|^a connection (one that|an app that) closes before another/,
  },
  {
    section: 'Responses',
    plain: 'no `Server` header; `Date` only while `res.sendDate`; any `Last-Modified`',
    here: '`Server: Apache` unless the app sets one; always a `Date`; no `Last-Modified` that is in the future or no date',
    because: 'httpd',
    change: changes.server,
    cases: /(date-none|modified-future)/,
  },
  {
    section: 'Responses',
    plain: 'repeated headers stay apart',
    here: 'joined with `, `, but for `Set-Cookie`',
    because: 'httpd',
    change: changes.joinedHeaders,
  },
  {
    section: 'Responses',
    plain: 'trailers, `103 Early Hints` and other 1xx are sent',
    here: 'dropped, silently',
    because: 'FastCGI has no place for them, and httpd would take a 1xx for the answer',
    cases: /^an app that answers (trailers|informational)/,
  },
  {
    section: 'Responses',
    plain: 'framing is as the app says: chunks of nothing, chunks asked for, none at all',
    here: '`Content-Length: 0` for an empty body; a body of known length has its length; others are chunked for HTTP/1.1',
    because: 'httpd frames its own messages',
    change: changes.emptyBody,
    cases:
      /^an app that answers (chunked-|transfer-encoding|redirect|header-list|empty)|HTTP\/1.0 for an empty body/,
  },
  {
    section: 'Responses',
    plain: 'a 204 or 304 may have a Content-Type, a 304 and an empty HEAD a Content-Length',
    here: 'they have none',
    because: 'httpd',
    cases: /^an app that answers (status (204|304) with a body|not-modified-length|length-zero)/,
  },
  {
    section: 'Responses',
    plain:
      '`Connection`, `Keep-Alive`, `Upgrade`, `Trailer` and `Transfer-Encoding` of the app are obeyed, `TE`, `Proxy-Authenticate`, `Proxy-Authorization` and `Proxy-Connection` sent',
    here: 'dropped: the app cannot close its client’s connection by a header',
    because: 'they speak of a connection the app does not have',
    cases:
      /(connection-close|connection-upgrade|connection-headers|keep-alive-off|an app that closes before)/,
  },
  {
    section: 'Responses',
    plain: 'a header named `Status` is one like any other',
    here: 'dropped',
    because: 'CGI takes it for the status of the response (RFC 3875 §6.3.3)',
  },
  {
    section: 'Responses',
    plain: 'a type is sent as written',
    here: 'in lower case, but for its parameters',
    because: 'httpd',
    cases: /the type TEXT/,
  },
  {
    section: 'Responses',
    plain: '`Vary` is sent as written, and an empty Content-Type, too',
    here: '`Vary` has no spaces after its commas; an empty Content-Type is dropped',
    because: 'httpd',
  },
  {
    section: 'Responses',
    plain: 'a header line of any length',
    here: 'over 8,190 bytes: 500, and a line in the log that names the header',
    because: 'httpd answers a bare 500',
    cases: /a header of (9000|20000) bytes/,
  },
  {
    section: 'Responses',
    plain:
      'a body shorter than its Content-Length arrives, cut short; after a longer one the connection is closed',
    here: '502 when nothing has been sent yet, cut short otherwise; what is too much is dropped',
    because: 'a length that is not kept would desynchronise the connection',
    cases: /length-(short|long)/,
  },
  {
    section: 'Responses',
    plain: '`flushHeaders()` sends the head at once',
    here: 'it goes with the first byte of the body; for `text/event-stream` a comment (`:`) is sent as that byte',
    because: 'mod_proxy_fcgi forwards a head only together with body bytes',
  },
  {
    section: 'Connections and their ends',
    plain: '`Connection: keep-alive` and `Keep-Alive: timeout=5` in each answer',
    here: 'only where the client asks; 400, 408, 411, 413, 414, 500, 501 and 503 close the connection',
    because: 'httpd keeps its own connections (`ap_set_keepalive`)',
    change: changes.keepAlive,
    cases: /asked to be kept|^an early answer|an early answer before/,
  },
  {
    section: 'Connections and their ends',
    plain:
      "`req.socket` is a `net.Socket`, the same for all requests of a connection, and `connection` is emitted for it; raw writes are the app's affair",
    here: 'each request has one of its own, without `pipe`, `read`, `setEncoding`, `unshift`, `resetAndDestroy`, `pending`, `connecting`, `timeout` and `writableEnded`; no `connection`; what is written to it before the head of `res` is lost, and its end a 502',
    because: 'requests come over FastCGI; a whole socket for each costs more than all the rest',
  },
  {
    section: 'Connections and their ends',
    plain: '`checkContinue` decides about `100 Continue`, `checkExpectation` about other expectations',
    here: 'httpd sends it as soon as it waits for the body, whatever `checkContinue` then answers, and closes the connection where none was waited for; others are 417',
    because: 'the body is read before the app is asked',
    cases: /^an expectation: 100|HTTP\/1.0 with Expect/,
  },
  {
    section: 'Connections and their ends',
    plain:
      'an early answer, or a part of one, reaches a client that is still sending, or pauses; the app may read on',
    here: 'it waits until the client has sent a little more; `res` closes when the request has been read, or the rest is dropped',
    because: 'mod_proxy_fcgi reads the client before the app while it can; END_REQUEST ends both directions',
    cases: /^an early answer|read-one|an early answer before/,
  },
  {
    section: 'Connections and their ends',
    plain: 'a client that ends its side is taken for one that left',
    here: 'it gets its answer',
    because: 'httpd',
    cases: /^a connection that end/,
  },
  {
    section: 'Connections and their ends',
    plain: 'a client that leaves in its body is noticed by an app that reads it',
    here: 'by every app; one whose small body never came whole is not asked, and the client is told 400',
    because: 'httpd and the bridge read on',
    cases: /^a client that leaves (in|between|before the body)/,
  },
  {
    section: 'Connections and their ends',
    plain: 'a client that leaves while the app is silent is noticed at once',
    here: 'when the app writes the next piece of its answer',
    because: 'mod_proxy_fcgi waits for the app alone',
    cases: /^a client that leaves (while|after)|^an app that gives up by throw(-midway)?,/,
  },
  {
    section: 'Connections and their ends',
    plain: '`res.setTimeout()` drops a client that takes nothing of its answer',
    here: '`--socket-timeout` does; the other counts the silence of the app, and of the client in its body',
    because: 'how much a client has taken is known to httpd alone',
  },
  {
    section: 'Connections and their ends',
    plain: '`res.destroy()` before the head resets the connection',
    here: '502; `req.complete` may still be false',
    because: 'a proxy answers for what is behind it',
    cases:
      /^an app that gives up by (destroy-(response|socket|later|request)|destroy-response-with-error)|^an app that fails by stream-fails-first/,
  },
  {
    section: 'Connections and their ends',
    plain: '`res.destroy()` in the body resets the connection at once, and the end is missing',
    here: 'the end is missing, after the keep-alive time',
    because: 'mod_proxy_fcgi',
    cases:
      /^an app that (gives up by destroy-(midway|socket-midway|midway-of-length)|fails by stream-fails-midway)/,
  },
  {
    section: 'Connections and their ends',
    plain:
      'an exception in a handler that the app listens for (`uncaughtException`) makes its connection unusable',
    here: 'the connection is kept, once the request is answered',
    because: 'it is not thrown into the reading of the connection',
    cases: /^an app that gives up by throw-after-end/,
  },
];

/** What is expected here of a case, before what is recorded for it alone. */
export function expectHere(outcome: Outcome, one: Case): Outcome {
  return differences.reduce((expected, { change }) => change?.(expected, one) ?? expected, outcome);
}

/** The rows that a case may differ by. */
export function reasonsOf(name: string): readonly Difference[] {
  return differences.filter(({ cases }) => cases?.test(name) === true);
}
