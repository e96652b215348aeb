/** Where a server is asked to listen. */
export type ListenTarget =
  | { readonly kind: 'port'; readonly port: number; readonly host: string | undefined }
  | { readonly kind: 'path'; readonly path: string }
  /** A file descriptor or a handle. */
  | { readonly kind: 'existing' };

/** What the arguments of `server.listen()` say; undefined when Node refuses them. */
export function parseListenTarget(args: readonly unknown[]): ListenTarget | undefined {
  const [first, second] = args;
  if (typeof first === 'object' && first !== null) return parseOptions(first);
  if (typeof first === 'string' && Number.isNaN(Number(first))) return { kind: 'path', path: first };
  return toPort(typeof first === 'function' ? 0 : first, second);
}

/** What becomes of a server of the app that is told to listen while another may be served already. */
export type ListenDecision =
  /** It is the one that is served. */
  | 'serve'
  /** It is served from now on, and the other one listens by itself. */
  | 'take-over'
  /** It is told that it listens: the requests it would get go to the served one. */
  | 'pretend'
  /** It is told that somebody listens there. */
  | 'in-use'
  /** It listens by itself. */
  | 'listen';

/** The server that is served so far. */
interface ServedTarget {
  readonly target: ListenTarget;
  /** Whether the one that is to listen has the same listeners: the same app at another address, as Fastify has for `localhost`. */
  readonly isSameApp: boolean;
}

/**
 * The first server is served, unless a later one asks for the public port, which is in PORT: that is the one for clients,
 * whatever the app starts before it.
 */
export function decideListen(
  asked: ListenTarget,
  served: ServedTarget | undefined,
  publicPort: number,
): ListenDecision {
  if (served === undefined) return 'serve';
  if (isSamePlace(asked, served.target)) return 'in-use';
  const wantsPublicPort = asked.kind === 'port' && asked.port === publicPort;
  if (served.isSameApp) return wantsPublicPort || isSamePort(asked, served.target) ? 'pretend' : 'listen';
  if (!wantsPublicPort) return 'listen';
  return isSamePort(asked, served.target) ? 'in-use' : 'take-over';
}

function parseOptions(options: object): ListenTarget | undefined {
  const { port, host, path, fd, handle, _handle } = options as Partial<Record<string, unknown>>;
  const isExisting = [options, handle, _handle].some(isHandle) || (typeof fd === 'number' && fd >= 0);
  if (isExisting) return { kind: 'existing' };
  if ('port' in options) return toPort(port, host);
  return typeof path === 'string' && path !== '' ? { kind: 'path', path } : undefined;
}

/** Handles of Node's own have no public class. */
function isHandle(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'getAsyncId' in value && 'listen' in value;
}

function toPort(value: unknown, host: unknown): ListenTarget | undefined {
  const port = typeof value === 'string' && value.trim() === '' ? NaN : Number(value ?? 0);
  if (!['number', 'string', 'undefined'].includes(typeof (value ?? undefined))) return undefined;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) return undefined;
  return { kind: 'port', port, host: typeof host === 'string' ? host : undefined };
}

function isSamePort(one: ListenTarget, other: ListenTarget): boolean {
  return one.kind === 'port' && other.kind === 'port' && one.port === other.port && one.port !== 0;
}

function isSamePlace(one: ListenTarget, other: ListenTarget): boolean {
  if (one.kind === 'path' && other.kind === 'path') return one.path === other.path;
  if (!isSamePort(one, other)) return false;
  const hosts = [one, other].map((target) => (target.kind === 'port' ? target.host : undefined));
  return hosts[0] === hosts[1] || hosts.some((host) => host === undefined || anyAddress.has(host));
}

const anyAddress: ReadonlySet<string> = new Set(['', '0.0.0.0', '::']);
