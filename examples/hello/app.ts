import { type IncomingMessage, type ServerResponse } from 'node:http';

/** The smallest app: a Node request handler. */
export default function hello(req: IncomingMessage, res: ServerResponse): void {
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.end(`Hello from ${req.url ?? '/'}\n`);
}
