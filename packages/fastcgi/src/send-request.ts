import type { ClientRequest, ClientRequestOptions } from './client-request.ts';
import { ClientConnection } from './client.ts';
import { ProtocolStatus } from './constants.ts';
import { ConnectionClosedError, RequestRefusedError } from './errors.ts';
import type { ResponderOutput } from './output.ts';
import { EMPTY, type EndRequest } from './record.ts';
import { type CgiResponse, StdoutStream } from './stdout-stream.ts';

/** A connection to an application, connected or connecting. A `net.Socket` fits. */
export interface ClientDuplex extends ResponderOutput {
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'data', listener: (chunk: Buffer) => void): unknown;
  off(event: 'close', listener: () => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** One request and its body; an async body is read no faster than the application takes it. */
export interface SendRequestOptions extends Pick<ClientRequestOptions, 'params' | 'role' | 'keepConnection'> {
  readonly stdin?: Buffer | AsyncIterable<Buffer>;
}

/** What came back for one request. */
export interface ClientResponse extends CgiResponse, EndRequest {
  readonly stderr: Buffer;
}

/**
 * Sends one request on a connection with nothing else in flight and collects the response in memory. With
 * `keepConnection` the connection can be used again once this settles, and its errors are its owner's in between;
 * without, it is ended. A body that fails destroys it.
 * Rejects with RequestRefusedError, CgiHeadError, ConnectionClosedError, or what the body's iterator threw.
 */
export async function sendRequest(
  duplex: ClientDuplex,
  options: SendRequestOptions,
): Promise<ClientResponse> {
  const link = listen(duplex);
  const stdin = options.stdin ?? EMPTY;
  try {
    const exchange = startExchange(link, options);
    const sent = Buffer.isBuffer(stdin) ? undefined : sendStdin(exchange, stdin);
    sent?.catch(() => {
      duplex.destroy();
    });
    // Whichever fails first is the reason; an early END_REQUEST does not wait for the body.
    const end = await Promise.race([
      exchange.finished,
      ...(sent === undefined ? [] : [sent.then(() => exchange.finished)]),
    ]);
    return toResponse(exchange, end);
  } finally {
    if (options.keepConnection === true) link.release();
    else duplex.end();
  }
}

interface Link {
  readonly connection: ClientConnection;
  findError(): Error | undefined;
  release(): void;
}

interface Exchange {
  readonly request: ClientRequest;
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
  readonly finished: Promise<EndRequest>;
}

function listen(duplex: ClientDuplex): Link {
  const connection = new ClientConnection(duplex);
  let lastError: Error | undefined;
  const onData = (chunk: Buffer) => {
    connection.push(chunk);
  };
  const onClose = () => {
    connection.closed();
  };
  const onError = (error: Error) => {
    lastError = error;
  };
  duplex.on('data', onData);
  duplex.on('close', onClose);
  duplex.on('error', onError);
  const release = () => {
    duplex.off('data', onData);
    duplex.off('close', onClose);
    duplex.off('error', onError);
  };
  return { connection, findError: () => lastError, release };
}

function startExchange(link: Link, { params, role, keepConnection, stdin }: SendRequestOptions): Exchange {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let onEnd: (end: EndRequest) => void;
  let onClosed: (cause?: Error) => void;
  const finished = new Promise<EndRequest>((resolve, reject) => {
    onEnd = resolve;
    onClosed = (cause) => {
      reject(new ConnectionClosedError(request.id, cause ?? link.findError()));
    };
  });
  const request = link.connection.request({
    params,
    ...(role === undefined ? {} : { role }),
    ...(keepConnection === undefined ? {} : { keepConnection }),
    ...(stdin === undefined || Buffer.isBuffer(stdin) ? { stdin: stdin ?? EMPTY } : {}),
    onStdout: (content) => stdout.push(content),
    onStderr: (content) => stderr.push(content),
    onEnd: (end) => {
      onEnd(end);
    },
    onClosed: (cause) => {
      onClosed(cause);
    },
  });
  return { request, stdout, stderr, finished };
}

async function sendStdin({ request, finished }: Exchange, stdin: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of stdin) {
    if (request.ended) return;
    // The application may end the request without taking the rest: then the callback never comes.
    await Promise.race([finished, new Promise<void>((resolve) => request.writeStdin(chunk, resolve))]);
  }
  request.endStdin();
}

function toResponse({ request, stdout, stderr }: Exchange, end: EndRequest): ClientResponse {
  if (end.protocolStatus !== ProtocolStatus.RequestComplete) {
    throw new RequestRefusedError(request.id, end.protocolStatus);
  }
  const stream = new StdoutStream();
  for (const content of stdout) stream.push(content);
  return { ...stream.end(), ...end, stderr: Buffer.concat(stderr) };
}
