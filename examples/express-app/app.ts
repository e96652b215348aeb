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

app.listen(process.env['PORT'] ?? 3000);
