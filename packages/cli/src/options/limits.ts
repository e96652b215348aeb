/** What clients may send and how fast, and how many of them httpd expects. */
import { type OptionTable } from '../option-spec.ts';
import { bytesBetween, duration, fraction, onOff, wholeNumber } from '../option-values.ts';

export const limitOptions = {
  initialWorkers: {
    flags: '--initial-workers <fraction>',
    defaultNote: '0.6, with prefork 0.05',
    parse: fraction,
    section: 'Capacity',
    help: `Share of httpd's processes that are started at once.
StartServers. Slow clients take threads faster than httpd adds them, which is why most are started.`,
  },
  minimumSpareWorkers: {
    flags: '--minimum-spare-workers <fraction>',
    defaultNote: 'as --initial-workers',
    parse: fraction,
    section: 'Capacity',
    help: `Share of httpd's threads that are kept idle for new clients, at least.
MinSpareThreads; MinSpareServers with prefork.`,
  },
  maximumSpareWorkers: {
    flags: '--maximum-spare-workers <fraction>',
    defaultNote: '1, with prefork 0.1',
    parse: fraction,
    section: 'Capacity',
    help: `Share of httpd's threads that may be idle before some are ended.
MaxSpareThreads; MaxSpareServers with prefork. Not below --minimum-spare-workers.`,
  },

  limitRequestFields: {
    flags: '--limit-request-fields <n>',
    default: '2000',
    parse: wholeNumber(1, 32_767),
    section: 'Request limits',
    help: `Header lines of a request; one more is answered 400.
LimitRequestFields. The default is what Node reads. All of them together must stay below 1 MiB, which is answered 503.`,
  },
  limitRequestFieldSizeBytes: {
    flags: '--limit-request-field-size <bytes>',
    default: '16KB',
    parse: bytesBetween(1, 65_536),
    section: 'Request limits',
    help: `Longest header line of a request; a longer one is answered 400.
LimitRequestFieldSize. The default is as much as Node allows for all of them.`,
  },
  limitRequestLineBytes: {
    flags: '--limit-request-line <bytes>',
    default: '16KB',
    parse: bytesBetween(1, 65_536),
    section: 'Request limits',
    help: `Longest request line: method, URL and version; a longer one is answered 414.
LimitRequestLine.`,
  },
  chunkedRequest: {
    flags: '--chunked-request',
    default: 'on',
    parse: onOff,
    section: 'Request limits',
    help: `Accept request bodies without a length (Transfer-Encoding: chunked).
Switched off, they are answered 411.`,
  },
  headerTimeoutMs: {
    flags: '--header-timeout <time>',
    default: '15',
    parse: duration(),
    section: 'Request limits',
    help: `Time for a client to send the head of a request; then it is answered 408. 0 is no limit.
RequestReadTimeout header=, in whole seconds, rounded up. Each --header-min-rate bytes add a second, up to --header-max-timeout.`,
  },
  headerMaxTimeoutMs: {
    flags: '--header-max-timeout <time>',
    default: '30',
    parse: duration(),
    section: 'Request limits',
    help: `Time for the head of a request at the most, however fast it comes. 0 is no limit.
Not below --header-timeout.`,
  },
  headerMinRate: {
    flags: '--header-min-rate <bytes-per-second>',
    default: '500',
    parse: bytesBetween(0, 2 ** 31 - 1),
    section: 'Request limits',
    help: `Bytes of the head that add a second to --header-timeout.
0 is none: the time is fixed.`,
  },
  bodyTimeoutMs: {
    flags: '--body-timeout <time>',
    default: '15',
    parse: duration(),
    section: 'Request limits',
    help: `Time for a client to send the body of a request; then the upload is given up. 0 is no limit.
RequestReadTimeout body=, in whole seconds, rounded up. Each --body-min-rate bytes add a second, up to --body-max-timeout.`,
  },
  bodyMaxTimeoutMs: {
    flags: '--body-max-timeout <time>',
    default: '0',
    parse: duration(),
    section: 'Request limits',
    help: `Time for the body of a request at the most, however fast it comes. 0 is no limit.
Not below --body-timeout.`,
  },
  bodyMinRate: {
    flags: '--body-min-rate <bytes-per-second>',
    default: '500',
    parse: bytesBetween(0, 2 ** 31 - 1),
    section: 'Request limits',
    help: `Bytes of the body that add a second to --body-timeout.
0 is none: the time is fixed.`,
  },
  keepAliveTimeoutMs: {
    flags: '--keep-alive-timeout <time>',
    default: '2',
    parse: duration(),
    section: 'Request limits',
    help: `Time a connection stays open for the client's next request. 0 closes it after each.
KeepAlive and KeepAliveTimeout. Not for upgraded connections.`,
  },
} satisfies OptionTable;
