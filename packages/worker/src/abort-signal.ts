import { IncomingMessage } from './node-http.ts';

const controllers = new WeakMap<IncomingMessage, AbortController>();

/**
 * Gives requests the `signal` that they have since Node 24 on older versions too: it aborts when the request's time is up
 * or its client is gone, so that what the app has begun for it (a query, a `fetch`) can be given up.
 */
export function provideAbortSignal(): void {
  if ('signal' in IncomingMessage.prototype) return;
  Object.defineProperty(IncomingMessage.prototype, 'signal', {
    configurable: true,
    get(this: IncomingMessage): AbortSignal {
      return (controllers.get(this) ?? followRequest(this)).signal;
    },
  });
}

/** The socket belongs to this request alone, and closes with an error when the request was lost. */
function followRequest(req: IncomingMessage): AbortController {
  const controller = new AbortController();
  controllers.set(req, controller);
  if ((req.socket as { readonly _hadError?: boolean })._hadError === true) controller.abort();
  req.socket.once('close', (wasLost) => {
    if (wasLost) controller.abort();
  });
  return controller;
}
