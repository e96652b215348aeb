import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';

/** What tests look at in a supervisor's answer to `status`. */
export interface ServerStatus {
  readonly pid: number;
  readonly httpd: { readonly state: string; readonly pid?: number };
  readonly bridge: {
    readonly state: string;
    readonly pid?: number;
    readonly details?: {
      readonly generation: number;
      readonly queueLength: number;
      readonly lastFailure?: { readonly message: string };
      readonly workers: readonly {
        readonly pid: number;
        readonly state: string;
        readonly generation: number;
        readonly inFlight: number;
        readonly sockets: number;
        readonly uptimeMs: number;
      }[];
    };
  };
}

/** Asks the supervisor of a server root how it is, over its control socket. */
export async function readStatus(serverRoot: string): Promise<ServerStatus> {
  const socket = connect(path.join(serverRoot, 'control.sock'));
  socket.end('{"command":"status"}\n');
  return (JSON.parse(await text(socket)) as { status: ServerStatus }).status;
}
