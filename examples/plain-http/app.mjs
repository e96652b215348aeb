import { createServer } from 'node:http';

/** The server of nodejs.org's introduction, with an event stream. */
const hostname = '127.0.0.1';
const port = 3000;

const server = createServer((req, res) => {
  if (req.url === '/events') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
    let count = 0;
    const timer = setInterval(() => res.write(`data: ${++count}\n\n`), 1000);
    res.write(`data: ${count}\n\n`);
    res.on('close', () => clearInterval(timer));
    return;
  }
  res.statusCode = 200;
  res.setHeader('Content-Type', 'text/plain');
  res.end('Hello, World!\n');
});

server.listen(port, hostname, () => {
  console.log(`Server running at http://${hostname}:${port}/`);
});
