import {
  ClientConnection,
  type ClientOptions,
  ResponderConnection,
  type ResponderOptions,
  type ResponderOutput,
} from '../src/index.ts';

/** A client and a responder that feed each other synchronously; `slice` cuts what travels. */
export function connectInMemory(
  options: ResponderOptions,
  { slice = Infinity, ...clientOptions }: ClientOptions & { readonly slice?: number } = {},
): {
  readonly client: ClientConnection;
  readonly responder: ResponderConnection;
  readonly isClosed: () => boolean;
} {
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    client.closed();
    responder.closed();
  };
  const outputTo = (push: (chunk: Buffer) => void): ResponderOutput => ({
    write: (bytes, callback) => {
      for (let start = 0; start < bytes.length && !isClosed; start += slice) {
        push(Buffer.from(bytes.subarray(start, start + slice)));
      }
      callback?.();
      return true;
    },
    end: close,
    destroy: close,
  });
  const client: ClientConnection = new ClientConnection(
    outputTo((chunk) => {
      responder.push(chunk);
    }),
    clientOptions,
  );
  const responder: ResponderConnection = new ResponderConnection(
    outputTo((chunk) => {
      client.push(chunk);
    }),
    options,
  );
  return { client, responder, isClosed: () => isClosed };
}

/** An application that answers each request with its path, echoing STDIN as it comes. */
export const echo: ResponderOptions = {
  onRequest: (request) => {
    const head = `Status: 200 OK\r\nX-Path: ${request.params.get('PATH_INFO') ?? ''}\r\n\r\n`;
    request.writeStdout(Buffer.from(head, 'latin1'));
    request.onStdin = (chunk) => {
      request.writeStdout(Buffer.from(chunk));
    };
    request.onStdinEnd = () => {
      request.end(Buffer.from('.'), 7);
    };
    request.onAbort = () => {
      request.end(Buffer.from('aborted'), 1);
    };
  },
};
