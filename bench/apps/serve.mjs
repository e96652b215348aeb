// Plain Node: the app on BENCH_LISTEN, a port of the loopback or a path. For fetch() the library we use ourselves.
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';

const { default: app } = await import(`./${process.env.BENCH_APP}.mjs`);
const listener = typeof app === 'function' ? app : (await import('srvx/node')).toNodeHandler(app.fetch);
const listen = process.env.BENCH_LISTEN ?? '';
if (listen.startsWith('/')) rmSync(listen, { force: true });
const server = createServer(listener).listen(
  ...(listen.startsWith('/') ? [listen] : [Number(listen), '127.0.0.1']),
);
// Longer than a server in front keeps a connection: a request that meets the end of one is lost.
server.keepAliveTimeout = 75_000;
// PM2 sends SIGINT.
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => server.close(() => process.exit()));
