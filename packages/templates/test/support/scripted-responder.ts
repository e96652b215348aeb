import { chmodSync } from 'node:fs';
import net from 'node:net';

/** What httpd sent for one request. */
interface ReceivedRequest {
  /** Counts the connections of this responder, from 1. */
  readonly connection: number;
  /** BEGIN_REQUEST's flags: 1 keeps the connection. */
  readonly flags: number;
  /** Bytes as latin1 text. */
  readonly params: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A FastCGI application for tests that says nothing the wire does not: it answers every request with `respond`. */
export interface ScriptedResponder {
  readonly requests: ReceivedRequest[];
  close(): Promise<void>;
}

type Respond = (request: ReceivedRequest, write: (stdout: string) => void) => void | Promise<void>;

const recordType = { begin: 1, end: 3, params: 4, stdin: 5, stdout: 6 } as const;

/** Listens on `socketPath` for every account. The default answer is a short text with its length. */
export async function startResponder(
  socketPath: string,
  respond: Respond = plainAnswer,
): Promise<ScriptedResponder> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const connection = sockets.add(socket).size;
    socket.on('error', () => socket.destroy());
    readRequests(socket, connection, async (request) => {
      requests.push(request);
      await respond(request, (text) => socket.write(record(recordType.stdout, Buffer.from(text, 'latin1'))));
      socket.write(record(recordType.end, Buffer.alloc(8)));
      if ((request.flags & 1) === 0) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  chmodSync(socketPath, 0o666);
  return {
    requests,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

const plainAnswer: Respond = (_, write) => {
  write('Status: 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nthe app');
};

function readRequests(
  socket: net.Socket,
  connection: number,
  onRequest: (request: ReceivedRequest) => Promise<void>,
): void {
  let pending = Buffer.alloc(0);
  let flags = 0;
  let streams: Record<number, Buffer[]> = {};
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    for (let length = recordLength(pending); length > 0; length = recordLength(pending)) {
      const type = pending.readUInt8(1);
      const content = pending.subarray(8, 8 + pending.readUInt16BE(4));
      pending = pending.subarray(length);
      if (type === recordType.begin) {
        flags = content.readUInt8(2);
        streams = {};
      } else if (content.length > 0) {
        (streams[type] ??= []).push(content);
      } else if (type === recordType.stdin) {
        const params = decodeParams(Buffer.concat(streams[recordType.params] ?? []));
        void onRequest({ connection, flags, params, body: Buffer.concat(streams[recordType.stdin] ?? []) });
      }
    }
  });
}

function recordLength(bytes: Buffer): number {
  if (bytes.length < 8) return 0;
  const length = 8 + bytes.readUInt16BE(4) + bytes.readUInt8(6);
  return bytes.length < length ? 0 : length;
}

function decodeParams(bytes: Buffer): Record<string, string> {
  const params: Record<string, string> = {};
  let at = 0;
  const readLength = () => {
    if (bytes.readUInt8(at) < 0x80) return bytes.readUInt8(at++);
    at += 4;
    return bytes.readUInt32BE(at - 4) & 0x7fffffff;
  };
  while (at < bytes.length) {
    const nameLength = readLength();
    const valueLength = readLength();
    const name = bytes.toString('latin1', at, (at += nameLength));
    params[name] = bytes.toString('latin1', at, (at += valueLength));
  }
  return params;
}

function record(type: number, content: Buffer): Buffer {
  const header = Buffer.from([1, type, 0, 1, content.length >> 8, content.length & 255, 0, 0]);
  return Buffer.concat([header, content]);
}
