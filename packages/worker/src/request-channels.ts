/** Publishes what plain Node's server does on diagnostics_channel: monitoring tools listen there. */
import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';

interface Served {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly server: Server;
}

const requestStart = channel('http.server.request.start');
const responseFinish = channel('http.server.response.finish');

/** A request is about to reach the app. */
export function publishRequestStart(served: Served): void {
  if (requestStart.hasSubscribers) requestStart.publish(toMessage(served));
}

/** Its response has left. */
export function publishResponseFinish(served: Served): void {
  if (responseFinish.hasSubscribers) responseFinish.publish(toMessage(served));
}

function toMessage({ req, res, server }: Served): object {
  return { request: req, response: res, socket: req.socket, server };
}
