import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import busboy from 'busboy';
import compression from 'compression';
import express from 'express';
import session from 'express-session';
import helmet from 'helmet';
import { createProxyMiddleware } from 'http-proxy-middleware';
import multer from 'multer';
import passport from 'passport';
import { BasicStrategy } from 'passport-http';

import { hashFile } from './hash-file.ts';

declare module 'express-session' {
  interface SessionData {
    views: number;
  }
}

/** One Express app with the middleware that is met most, each as its own documentation writes it. */
const app = express();

app.use(helmet());
app.use(compression());

app.get('/compressed', (_req, res) => {
  res.type('text').send('the same line again and again\n'.repeat(1000));
});

app.get('/events', (_req, res) => {
  res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  let count = 0;
  const send = (): void => {
    res.write(`data: ${count++}\n\n`);
    // As the documentation of compression says for server-sent events.
    res.flush();
  };
  send();
  const timer = setInterval(send, 1000);
  res.on('close', () => {
    clearInterval(timer);
  });
});

const sessions = session({
  secret: process.env['SESSION_SECRET'] ?? randomUUID(),
  resave: false,
  saveUninitialized: false,
  // Set over https only, and without `trust proxy`: the app knows the scheme.
  cookie: { secure: true, sameSite: 'lax' },
});
app.get('/views', sessions, (req, res) => {
  req.session.views = (req.session.views ?? 0) + 1;
  res.json({ views: req.session.views, secure: req.secure });
});

passport.use(
  new BasicStrategy((name, password, done) => {
    done(null, name === 'ada' && password === 'lovelace' ? { name } : false);
  }),
);
const basic = passport.authenticate('basic', { session: false }) as express.RequestHandler;
app.get('/private', basic, (req, res) => {
  res.json(req.user);
});

const upload = multer({ dest: await mkdtemp(path.join(tmpdir(), 'uploads-')) });
app.post('/multer', upload.single('file'), async (req, res) => {
  const file = req.file;
  if (file === undefined) {
    res.sendStatus(400);
    return;
  }
  res.json({ name: file.originalname, bytes: file.size, sha256: await hashFile(file.path) });
});

app.post('/busboy', (req, res) => {
  const files: unknown[] = [];
  const parser = busboy({ headers: req.headers });
  parser.on('file', (_field, stream, { filename }) => {
    const hash = createHash('sha256');
    let bytes = 0;
    stream.on('data', (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    stream.on('end', () => files.push({ name: filename, bytes, sha256: hash.digest('hex') }));
  });
  parser.on('close', () => res.json(files));
  req.pipe(parser);
});

app.use(
  '/api',
  createProxyMiddleware({ target: process.env['API_URL'] ?? 'http://127.0.0.1:4000', changeOrigin: true }),
);

app.listen(3000);
