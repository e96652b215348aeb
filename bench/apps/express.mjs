// The app in Express 5.
import express from 'express';

import { HELLO, bytes, loopTime } from './routes.mjs';

const app = express();
app.disable('etag');
app.get('/hello', (_req, res) => send(res, HELLO));
app.get('/bytes/:size', (req, res) => send(res, bytes(Number(req.params.size))));
app.post('/upload', (req, res) => {
  let total = 0;
  req.on('data', (chunk) => (total += chunk.length));
  req.on('end', () => send(res, `${total}\n`));
});
app.get('/loop', (_req, res) => send(res, loopTime()));

export default app;

function send(res, body) {
  res.type('text/plain').set('Content-Length', String(body.length)).end(body);
}
