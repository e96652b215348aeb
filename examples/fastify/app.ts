import Fastify from 'fastify';

/** A Fastify server as its documentation writes it: TypeScript, JSON schema, logger. */
const fastify = Fastify({ logger: { level: 'warn' } });

fastify.get('/', () => ({ hello: 'world' }));

fastify.get<{ Params: { id: number } }>(
  '/users/:id',
  { schema: { params: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] } } },
  (request) => ({ id: request.params.id, ip: request.ip, url: request.originalUrl }),
);

fastify.post<{ Body: { name: string } }>(
  '/echo',
  { schema: { body: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } } },
  (request) => ({ received: request.body }),
);

fastify.get('/events', (request, reply) => {
  reply.hijack();
  reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  let count = 0;
  reply.raw.write(`data: ${count}\n\n`);
  const timer = setInterval(() => reply.raw.write(`data: ${++count}\n\n`), 1000);
  request.raw.on('close', () => {
    clearInterval(timer);
  });
});

try {
  await fastify.listen({ port: 3000 });
} catch (error) {
  fastify.log.error(error);
  process.exit(1);
}
