/** Output of the app or a service → lines of the log. Pure; the supervisor imports it for services. */

/** Something that was printed, and by whom. */
export interface OutputLine {
  readonly at: Date;
  /** `app`, `service`. */
  readonly origin: string;
  readonly level: 'info' | 'error';
  readonly pid: number;
  /** `worker 3`, `mailer`. */
  readonly name: string;
  readonly request?: string;
  readonly bytes: Buffer;
  readonly cutBytes: number;
}

/** Of one line, what is shown. */
const MAX_LINE_LENGTH = 8192;

/**
 * `[time] [app:info] [pid 7] [worker 3] [request ID] text`; further lines of the same output are indented, so that no
 * output looks like a line of ours or httpd's. Control characters are shown as `\x1b`, never sent to a terminal.
 */
export function formatOutput({ at, origin, level, pid, name, request, bytes, cutBytes }: OutputLine): string {
  const id = request === undefined ? '' : ` [request ${request}]`;
  return `[${at.toISOString()}] [${origin}:${level}] [pid ${pid}] [${name}]${id} ${toText(bytes, cutBytes)}\n`;
}

/** The same for somebody who watches a terminal: `12:34:56 worker 3: text`, with its colours. */
export function formatForTerminal({ at, name, bytes, cutBytes }: OutputLine): string {
  const time = at.toTimeString().slice(0, 8);
  return `${time} ${name}: ${toText(bytes, cutBytes, /(\x1b\[[\d;]{0,20}m)/)}\x1b[0m\n`;
}

function toText(bytes: Buffer, cutBytes: number, kept?: RegExp): string {
  const lines = bytes.toString('utf8').split(/\r?\n/);
  const shown = lines.map((line) => escape(shorten(line), kept));
  if (cutBytes > 0) shown.push(`… (${cutBytes} more bytes)`);
  return shown.join('\n    ');
}

function shorten(line: string): string {
  if (line.length <= MAX_LINE_LENGTH) return line;
  return `${line.slice(0, MAX_LINE_LENGTH)}… (${line.length - MAX_LINE_LENGTH} more characters)`;
}

/** `kept`, in a group, is left as it is. */
function escape(line: string, kept?: RegExp): string {
  if (!/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/.test(line)) return line;
  if (kept !== undefined)
    return line
      .split(kept)
      .map((part, index) => (index % 2 === 1 ? part : escape(part)))
      .join('');
  return line.replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length > 2 ? `\\u${code}` : `\\x${code.padStart(2, '0')}`;
  });
}
