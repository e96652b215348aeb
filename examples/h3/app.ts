import { EventStream, getRequestIP, getRouterParam, H3, readBody, serve } from 'h3';

/** An H3 app as its documentation writes it. */
const app = new H3();

app.get('/', () => '⚡️ Tadaa!');

app.get('/users/:id', (event) => ({
  id: getRouterParam(event, 'id'),
  ip: getRequestIP(event),
  url: event.req.url,
}));

app.post('/echo', async (event) => ({ received: await readBody(event) }));

app.get('/events', (event) => {
  const stream = new EventStream(event);
  let count = 0;
  void stream.push(String(count));
  const timer = setInterval(() => void stream.push(String(++count)), 1000);
  stream.onClosed(() => {
    clearInterval(timer);
  });
  return stream;
});

serve(app, { port: 3000 });
