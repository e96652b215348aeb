/** Options about proxies in front of httpd. */
import { type OptionTable } from '../option-spec.ts';
import { addressBlock, headerName } from '../option-values.ts';

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
} satisfies OptionTable;
