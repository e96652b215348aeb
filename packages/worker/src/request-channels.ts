/** Publishes what plain Node's server does on diagnostics_channel: monitoring tools listen there. */
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

interface Served {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly server: Server;
}

/** Plain Node's name. */
export const REQUEST_START = 'http.server.request.start';
/** Ours: Node has no channel for the moment a response begins. */
export const RESPONSE_START = 'httpd-express.response.start';

const requestStart = channel(REQUEST_START);
const responseStart = channel(RESPONSE_START);
const responseFinish = channel('http.server.response.finish');

/** A request is about to reach the app. */
export function publishRequestStart(served: Served): void {
  if (requestStart.hasSubscribers) requestStart.publish(toMessage(served));
}

/** Its head is about to leave. */
export function publishResponseStart(response: ServerResponse): void {
  if (responseStart.hasSubscribers) responseStart.publish({ response });
}

/** Its response has left. */
export function publishResponseFinish(served: Served): void {
  if (responseFinish.hasSubscribers) responseFinish.publish(toMessage(served));
}

function toMessage({ req, res, server }: Served): object {
  return { request: req, response: res, socket: req.socket, server };
}
