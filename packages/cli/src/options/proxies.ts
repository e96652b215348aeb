/** Options about proxies in front of httpd. */
import { type OptionTable } from '../option-spec.ts';
import { addressBlock, duration, headerName, pair } from '../option-values.ts';
import { hostName } from './https-values.ts';
import { proxiedPath, serverUrl } from './proxy-values.ts';

/** What may be trusted: the names mod_wsgi-express knows, and the prefix header of newer proxies. */
const forwardedHeaders = [
  ...['X-Forwarded-For', 'X-Client-IP', 'X-Real-IP'],
  ...[
    'X-Forwarded-Proto',
    'X-Forwarded-Scheme',
    'X-Scheme',
    'X-Forwarded-HTTPS',
    'X-Forwarded-SSL',
    'X-HTTPS',
  ],
  ...['X-Forwarded-Host', 'X-Host', 'X-Forwarded-Server', 'X-Forwarded-Port'],
  ...['X-Forwarded-Prefix', 'X-Script-Name', 'X-Forwarded-Script-Name'],
];

export const proxyOptions = {
  trustProxy: {
    flags: '--trust-proxy <address>',
    parse: addressBlock,
    repeatable: true,
    section: 'Network',
    help: `A proxy in front of httpd that is believed, as an IP address or CIDR block.
The app sees the client's address and scheme that it forwards, as if there were no proxy. Without this option nobody is believed, and X-Forwarded-* are headers like any other. httpd's own access log shows the proxy.`,
  },
  trustProxyHeader: {
    flags: '--trust-proxy-header <name>',
    defaultNote: 'X-Forwarded-For and X-Forwarded-Proto',
    parse: headerName(forwardedHeaders),
    repeatable: true,
    section: 'Network',
    help: `A header the trusted proxies set: ${forwardedHeaders.join(', ')}.
Name only what your proxy overwrites or appends to. Where several speak of the same, the last one named wins, and the others are kept from the app. From anybody but --trust-proxy none of them reaches the app.`,
  },
  proxyMountPoint: {
    flags: '--proxy-mount-point <url-path> <url>',
    parse: pair(proxiedPath, serverUrl),
    repeatable: true,
    section: 'Network',
    help: `Pass on what is under a URL path to another server, WebSockets included; before files and the app.
The longest URL path that matches wins. The path is taken off, and X-Forwarded-For, -Host, -Port, -Proto and -Prefix say what it was. A server behind https: needs a certificate that the system trusts.`,
  },
  proxyVirtualHost: {
    flags: '--proxy-virtual-host <host> <url>',
    parse: pair(hostName, serverUrl),
    repeatable: true,
    section: 'Network',
    help: `Pass on every request for a host name to another server, which sees the name as it is.
With HTTPS the certificate must be valid for that name too.`,
  },
  proxyTimeoutMs: {
    flags: '--proxy-timeout <time>',
    defaultNote: 'the same as --socket-timeout',
    parse: duration(1000),
    section: 'Network',
    help: `Time such a server may be silent; then the client gets 502. In whole seconds, rounded up.
It also ends a WebSocket on which nothing was said for so long.`,
  },
} satisfies OptionTable;
