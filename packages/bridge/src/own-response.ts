import { encodeEndRequest, encodeStream, ProtocolStatus, RecordType } from '@httpd-express/fastcgi';

/** Why the bridge answers a request by itself. */
export type OwnReason =
  | 'queue-full'
  | 'no-worker'
  | 'queue-timeout'
  | 'request-timeout'
  | 'body-too-large'
  | 'worker-lost'
  | 'worker-stuck'
  | 'bad-response'
  | 'bad-upgrade'
  | 'no-file'
  | 'stopping';

interface OwnResponse {
  readonly status: string;
  readonly text: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number;
}

/** The status a client gets for each reason: a proxy's failure is 502, lateness is 504, refusal is 503. */
const responses: Record<OwnReason, OwnResponse> = {
  'queue-full': { status: '503 Service Unavailable', text: 'The server is busy.', retryAfter: 1 },
  'no-worker': { status: '503 Service Unavailable', text: 'The application is not running.', retryAfter: 5 },
  'queue-timeout': { status: '504 Gateway Timeout', text: 'The request waited too long for its turn.' },
  'request-timeout': { status: '504 Gateway Timeout', text: 'The application did not answer in time.' },
  'body-too-large': { status: '413 Content Too Large', text: 'The request body is too large.' },
  'worker-lost': { status: '502 Bad Gateway', text: 'The application ended before it answered.' },
  'worker-stuck': { status: '504 Gateway Timeout', text: 'The application stopped responding.' },
  'bad-response': { status: '502 Bad Gateway', text: 'The application sent an unusable answer.' },
  'bad-upgrade': { status: '400 Bad Request', text: 'The request could not be read.' },
  'no-file': { status: '404 Not Found', text: 'There is no such file.' },
  stopping: { status: '503 Service Unavailable', text: 'The server is stopping.', retryAfter: 5 },
};

/**
 * The complete answer to request `requestId`: STDOUT and END_REQUEST in one buffer. It names no cause beyond the
 * status: what went wrong inside is for the log, and in `detail` for a developer who asked to see it.
 */
export function encodeOwnResponse(requestId: number, reason: OwnReason, detail?: string): Buffer {
  return encodeAnswer(requestId, encodeMessage(`Status: ${responses[reason].status}`, reason, detail));
}

function encodeAnswer(requestId: number, stdout: Buffer): Buffer {
  return Buffer.concat([
    ...encodeStream(RecordType.Stdout, requestId, stdout),
    encodeEndRequest({ requestId, appStatus: 0, protocolStatus: ProtocolStatus.RequestComplete }),
  ]);
}

/** The same without a page. */
export function encodeOwnHead(requestId: number, reason: OwnReason): Buffer {
  const { status, retryAfter } = responses[reason];
  const head = [`Status: ${status}`, ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`])];
  return encodeAnswer(requestId, Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'));
}

/** The same answer to a request that came as HTTP, after which the connection is closed. */
export function encodeOwnHttpResponse(reason: OwnReason, detail?: string): Buffer {
  return encodeMessage(`HTTP/1.1 ${responses[reason].status}\r\nConnection: close`, reason, detail);
}

function encodeMessage(firstLine: string, reason: OwnReason, detail?: string): Buffer {
  const { status, text, retryAfter } = responses[reason];
  const page = `<!doctype html><title>${status}</title><h1>${status}</h1><p>${text}</p>${detail === undefined ? '' : `<pre>${escapeHtml(detail)}</pre>`}\n`;
  const body = Buffer.from(page);
  const head = [
    firstLine,
    'Content-Type: text/html; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
    ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}

/** The status line a reason leads to, for the log. */
export function statusOf(reason: OwnReason): string {
  return responses[reason].status.slice(0, 3);
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, (character) => entities[character] ?? '');
}
