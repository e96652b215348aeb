// The app as a Node handler.
import { HELLO, bytes, loopTime } from './routes.mjs';

export default function handler(req, res) {
  const [path, size] = req.url.split(/(?<=^\/bytes)\//);
  if (path === '/hello') send(res, HELLO);
  else if (path === '/bytes') send(res, bytes(Number(size)));
  else if (path === '/upload') count(req, (total) => send(res, `${total}\n`));
  else if (path === '/loop') send(res, loopTime());
  else res.writeHead(404).end();
}

function send(res, body) {
  res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length }).end(body);
}

function count(req, done) {
  let total = 0;
  req.on('data', (chunk) => (total += chunk.length));
  req.on('end', () => done(total));
}
