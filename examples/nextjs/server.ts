import { createServer } from 'node:http';

import next from 'next';

/** The custom server of Next's documentation: `NODE_ENV` is production unless set otherwise. */
const port = Number(process.env['PORT'] ?? 3000);
const dev = process.env['NODE_ENV'] !== 'production';
const app = next({ dev });
const handle = app.getRequestHandler();

await app.prepare();

createServer((req, res) => {
  void handle(req, res);
}).listen(port);

console.log(`> Server listening at http://localhost:${port} as ${dev ? 'development' : 'production'}`);
