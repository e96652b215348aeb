import { PassThrough } from 'node:stream';

import Router from '@koa/router';
import Koa from 'koa';

/** A Koa app as its documentation writes it, with the router of its documentation. */
const app = new Koa();
const router = new Router();

app.use(async (ctx, next) => {
  const start = Date.now();
  await next();
  ctx.set('X-Response-Time', `${Date.now() - start}ms`);
});

router.get('/', (ctx) => {
  ctx.body = 'Hello World';
});

router.get('/users/:id', (ctx) => {
  ctx.body = { id: ctx.params['id'], ip: ctx.ip, url: ctx.originalUrl };
});

router.post('/echo', async (ctx) => {
  let text = '';
  for await (const chunk of ctx.req.setEncoding('utf8')) text += chunk as string;
  ctx.body = { received: text };
});

router.get('/events', (ctx) => {
  const stream = new PassThrough();
  ctx.type = 'text/event-stream';
  ctx.body = stream;
  let count = 0;
  stream.write(`data: ${count}\n\n`);
  const timer = setInterval(() => stream.write(`data: ${++count}\n\n`), 1000);
  stream.on('close', () => {
    clearInterval(timer);
  });
});

app.use(router.routes()).use(router.allowedMethods());

app.listen(3000);
