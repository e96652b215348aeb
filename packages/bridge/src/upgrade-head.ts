/** The head of a request for an upgrade, as the client sent it to httpd. */
export interface UpgradeHead {
  /** Request line, headers and the blank line, without httpd's stamps; one character per byte. */
  readonly text: string;
  /** Byte for byte. */
  readonly target: string;
  readonly method: string;
  /** Who is at the other end, as CGI variables. */
  readonly variables: Readonly<Record<string, string>>;
}

/**
 * httpd's stamps, which replace whatever the client sent by these names: conf/upgrade.conf.hbs of packages/templates.
 * They never reach the app.
 */
const stamps = {
  /** The request line as it came. The one httpd sends is the constant of its rewrite rule. */
  request: 'x-express-request',
  /** REMOTE_ADDR REMOTE_PORT SERVER_ADDR SERVER_PORT HTTPS, the last one empty without TLS. */
  connection: 'x-express-connection',
  start: 'x-express-start',
} as const;

const stampNames: ReadonlySet<string> = new Set(Object.values(stamps));

/** Reads the head that `text` is, up to and with its blank line; undefined when it was not written by our httpd. */
export function parseUpgradeHead(text: string): UpgradeHead | undefined {
  const [, ...lines] = text.slice(0, -4).split('\r\n');
  const headers = lines.map((line) => ({ line, name: line.slice(0, line.indexOf(':')).toLowerCase() }));
  const valueOf = (name: string): string | undefined => {
    const line = headers.find((header) => header.name === name)?.line;
    return line?.slice(line.indexOf(':') + 1).trim();
  };
  // Not \S: 0xA0 is a space to JavaScript and a byte of UTF-8 to the client.
  const request = /^([^ ]+) ([^ ]+) HTTP\/\d\.\d$/.exec(valueOf(stamps.request) ?? '');
  const connection = valueOf(stamps.connection);
  const [, method, target] = request ?? [];
  if (method === undefined || target === undefined || connection === undefined) return undefined;
  const kept = headers.filter(({ name }) => !stampNames.has(name)).map(({ line }) => line);
  return {
    text: `${[`${method} ${target} HTTP/1.1`, ...kept].join('\r\n')}\r\n\r\n`,
    method,
    target,
    variables: parseConnection(connection),
  };
}

function parseConnection(stamp: string): Record<string, string> {
  const values = stamp.split(' ');
  const names = ['REMOTE_ADDR', 'REMOTE_PORT', 'SERVER_ADDR', 'SERVER_PORT', 'HTTPS'];
  return Object.fromEntries(
    names.flatMap((name, index) => {
      const value = values[index];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
