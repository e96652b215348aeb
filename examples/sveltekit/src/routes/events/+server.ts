import type { RequestHandler } from './$types';

/** Server-sent events. */
export const GET: RequestHandler = () => {
  let timer: NodeJS.Timeout | undefined;
  const body = new ReadableStream({
    start(controller) {
      const encoder = new TextEncoder();
      let count = 0;
      const send = () => {
        controller.enqueue(encoder.encode(`data: ${count++}\n\n`));
      };
      send();
      timer = setInterval(send, 1000);
    },
    cancel() {
      clearInterval(timer);
    },
  });
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' },
  });
};
