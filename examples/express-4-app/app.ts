import express from 'express';

/** An Express 4 app as its documentation writes it. */
const app = express();
const port = 3000;

app.use(express.json());
app.use('/static', express.static('public'));

app.get('/', (_req, res) => {
  res.send('Hello World!');
});

app.get('/users/:id', (req, res) => {
  res.json({ id: req.params.id, ip: req.ip, url: req.originalUrl });
});

app.post('/echo', (req, res) => {
  res.json({ received: req.body as unknown });
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

app.listen(port, () => {
  console.log(`Example app listening on port ${port}`);
});
