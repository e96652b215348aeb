import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A message of the Chrome DevTools protocol: the answer to a command, or an event. */
interface InspectorMessage {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
}

/** The few WebSocket frames it takes to talk to Node's inspector. RFC 6455; text frames without extensions. */
export class InspectorClient {
  readonly #socket: Socket;
  readonly #waiting = new Map<number | string, (value: unknown) => void>();
  #received = Buffer.alloc(0);
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => {
      this.#receive(chunk);
    });
  }

  /** Connects to `ws://127.0.0.1:PORT/UUID`. Rejects when `signal` aborts or the peer does not upgrade. */
  static async connect(url: string, signal: AbortSignal): Promise<InspectorClient> {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) });
    signal.addEventListener('abort', () => socket.destroy(), { once: true });
    socket.on('error', () => undefined); // every wait has the signal
    await once(socket, 'connect', { signal });
    const key = randomBytes(16).toString('base64');
    socket.write(
      `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    const [head] = (await once(socket, 'data', { signal })) as [Buffer];
    const end = head.indexOf('\r\n\r\n');
    if (!head.toString('latin1').startsWith('HTTP/1.1 101') || end < 0)
      throw new Error('the inspector did not upgrade');
    const client = new InspectorClient(socket);
    client.#receive(head.subarray(end + 4));
    return client;
  }

  /** Sends a command and settles with its result. */
  async send(method: string, params: Record<string, unknown> = {}): Promise<unknown> {
    const id = ++this.#lastId;
    this.#socket.write(encodeTextFrame(JSON.stringify({ id, method, params })));
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Settles with the parameters of the next event of that name. */
  async nextEvent(method: string): Promise<unknown> {
    return new Promise((resolve) => this.#waiting.set(method, resolve));
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (;;) {
      const frame = decodeFrame(this.#received);
      if (frame === undefined) return;
      this.#received = this.#received.subarray(frame.bytes);
      this.#settle(JSON.parse(frame.text) as InspectorMessage);
    }
  }

  #settle({ id, method, params, result }: InspectorMessage): void {
    const key = id ?? method ?? '';
    this.#waiting.get(key)?.(id === undefined ? params : result);
    this.#waiting.delete(key);
  }
}

/** A final text frame with a mask, as a client must send it. RFC 6455 §5.2. */
function encodeTextFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  for (const [index, byte] of payload.entries()) payload[index] = byte ^ (mask[index % 4] ?? 0);
  const length = Buffer.alloc(payload.length < 126 ? 0 : 2);
  if (length.length === 2) length.writeUInt16BE(payload.length);
  return Buffer.concat([
    Buffer.from([0x81, 0x80 | (length.length === 0 ? payload.length : 126)]),
    length,
    mask,
    payload,
  ]);
}

/** The first frame of `bytes`, or undefined while it is incomplete. */
function decodeFrame(bytes: Buffer): { text: string; bytes: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = (bytes[1] ?? 0) & 0x7f;
  const headBytes = { 126: 4, 127: 10 }[short] ?? 2;
  if (bytes.length < headBytes) return undefined;
  const length =
    short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < headBytes + length) return undefined;
  return { text: bytes.toString('utf8', headBytes, headBytes + length), bytes: headBytes + length };
}
