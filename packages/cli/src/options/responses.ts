/** Options about how answers travel. */
import { type OptionTable } from '../option-spec.ts';
import { onOff } from '../option-values.ts';

export const responseOptions = {
  http2: {
    flags: '--http2',
    default: 'off',
    parse: onOff,
    section: 'Network',
    help: `Speak HTTP/2, over TLS and without it, beside HTTP/1.1.
Not on the prefork MPM. The app sees \`req.httpVersion\` 2.0 and otherwise what it always sees.`,
  },
  compressResponses: {
    flags: '--compress-responses',
    default: 'off',
    parse: onOff,
    section: 'Network',
    help: `Compress text with Brotli, where httpd has it, or gzip.
Files and answers of the app alike; not event streams, what is compressed already, or what says Cache-Control: no-transform. A page that shows a secret next to what a client sent can be made to tell it (BREACH): such an app compresses by itself, or not.`,
  },
} satisfies OptionTable;
