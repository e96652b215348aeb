// The app as a Node handler.
import { HELLO, bytes, loopTime, loopTimeAfter } from './routes.mjs';

const answers = {
  hello: (_req, res) => send(res, HELLO),
  bytes: (_req, res, size) => send(res, bytes(Number(size))),
  upload: (req, res) => count(req, (total) => send(res, `${total}\n`)),
  loop: (_req, res) => send(res, loopTime()),
  wait: (_req, res, ms) => void loopTimeAfter(Number(ms)).then((body) => send(res, body)),
};

export default function handler(req, res) {
  const [, name, number] = req.url.split('/');
  const answer = answers[name];
  if (answer === undefined) res.writeHead(404).end();
  else answer(req, res, number);
}

function send(res, body) {
  res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': body.length }).end(body);
}

function count(req, done) {
  let total = 0;
  req.on('data', (chunk) => (total += chunk.length));
  req.on('end', () => done(total));
}
