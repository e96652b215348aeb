import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

/** A Hono app on Node as its documentation writes it. */
const app = new Hono();

app.get('/', (c) => c.text('Hello Node.js!'));

app.get('/users/:id', (c) => c.json({ id: c.req.param('id'), url: c.req.url }));

app.post('/echo', async (c) => c.json({ received: await c.req.json<unknown>() }));

app.get('/events', (c) =>
  streamSSE(c, async (stream) => {
    for (let count = 0; !stream.aborted; count++) {
      await stream.writeSSE({ data: String(count) });
      await stream.sleep(1000);
    }
  }),
);

serve(app);
