export const dynamic = 'force-dynamic';

/** Server-sent events from a route handler. */
export function GET(request: Request): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    start(controller) {
      let count = 0;
      const send = (): void => {
        controller.enqueue(encoder.encode(`data: ${count++}\n\n`));
      };
      send();
      const timer = setInterval(send, 1000);
      request.signal.addEventListener('abort', () => {
        clearInterval(timer);
        controller.close();
      });
    },
  });
  return new Response(body, {
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' },
  });
}
