import { createServer, type RequestListener, Server as HttpServer } from 'node:http';
import { Server as HttpsServer } from 'node:https';

/** A kind of value that can answer requests. */
interface AppShape {
  /** As in “expected …”. */
  readonly description: string;
  /** The server that answers for the value; undefined when it is not of this kind. */
  toServer(value: unknown): HttpServer | undefined;
}

/** What an app may be. Every shape ends as an http.Server on which requests are emitted: monitoring tools watch that. */
const appShapes: readonly AppShape[] = [
  {
    description: 'an http.Server',
    toServer: (value) =>
      value instanceof HttpServer || value instanceof HttpsServer ? (value as HttpServer) : undefined,
  },
  {
    description: 'a function (req, res)',
    toServer: (value) =>
      typeof value === 'function' && !isClass(value) ? createServer(value as RequestListener) : undefined,
  },
];

/** The shapes in words, for messages. */
export const expectedShapes = appShapes.map(({ description }) => description).join(' or ');

/** The server that answers for a value; undefined when it is of no shape. */
export function toServer(value: unknown): HttpServer | undefined {
  for (const shape of appShapes) {
    const server = shape.toServer(value);
    if (server !== undefined) return server;
  }
  return undefined;
}

/** What a value is, in words, for messages. */
export function describeValue(value: unknown): string {
  if (typeof value === 'function') return isClass(value) ? 'a class' : 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const keys = Object.keys(value).slice(0, MAX_LISTED);
  return keys.length === 0 ? 'an object' : `an object with ${keys.join(', ')}`;
}

const MAX_LISTED = 10;

function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}
