// The app as an object with fetch().
import { HELLO, bytes, loopTime } from './routes.mjs';

const answers = {
  hello: () => send(HELLO),
  bytes: (size) => send(bytes(Number(size))),
  upload: async (_, request) => {
    let total = 0;
    for await (const chunk of request.body ?? []) total += chunk.length;
    return send(`${total}\n`);
  },
  loop: () => send(loopTime()),
};

export default {
  fetch(request) {
    const [, name, size] = new URL(request.url).pathname.split('/');
    return answers[name]?.(size, request) ?? new Response(null, { status: 404 });
  },
};

function send(body) {
  return new Response(body, {
    headers: { 'Content-Type': 'text/plain', 'Content-Length': String(body.length) },
  });
}
