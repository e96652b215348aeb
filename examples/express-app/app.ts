import express from 'express';

/** An Express 5 app as its documentation writes it; `./public` is served by httpd, not by Node. */
const app = express();

app.use(express.json());

app.get('/', (req, res) => {
  res.type('html').send(`<!doctype html>
<link rel="stylesheet" href="/static/style.css">
<h1>Express 5 behind httpd</h1>
<p>You are ${req.ip ?? 'unknown'}, speaking ${req.protocol} to ${req.hostname}.</p>`);
});

app.post('/echo', (req, res) => {
  res.json({ received: req.body as unknown });
});

app.get('/users/:id', (req, res) => {
  res.json({ id: req.params.id, ip: req.ip, url: req.originalUrl });
});

app.get('/events', (_req, res) => {
  res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  res.flushHeaders();
  let count = 0;
  const timer = setInterval(() => res.write(`data: ${++count}\n\n`), 1000);
  res.write(`data: ${count}\n\n`);
  res.on('close', () => {
    clearInterval(timer);
  });
});

app.listen(process.env['PORT'] ?? 3000);
