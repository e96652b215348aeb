import { type Server, type Socket, createServer } from 'node:net';
import { join } from 'node:path';

import { CONTROL_SOCKET, requireNotRunning } from './control-client.ts';
import { type ControlReply, type ControlRequest } from './control-messages.ts';
import { parseControlRequest } from './control-request.ts';
import { SupervisorRunningError } from './errors.ts';
import { removeIfPresent } from './write-files.ts';

/** What a command takes at most; a line that is longer is none. */
const MAX_LINE_BYTES = 1024;
/** How long an answer is given to reach its client when everything ends. */
const FLUSH_MS = 500;

/** Answers one command; coded errors become the answer. */
export type ControlHandler = (request: ControlRequest) => Promise<ControlReply>;

/** The supervisor's end of `control.sock`; its other half is `control-client.ts`. */
export class ControlSocket {
  readonly #server: Server;
  readonly #path: string;
  readonly #connections = new Set<Socket>();

  private constructor(path: string, handle: ControlHandler) {
    this.#path = path;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#connections.add(socket.once('close', () => this.#connections.delete(socket)));
      socket.on('error', () => socket.destroy()); // a client that left does not concern us
      void answer(socket, handle);
    });
  }

  /**
   * Listens in a server root, whose lock we have. A socket that nobody answers is replaced.
   *
   * @throws {SupervisorRunningError} ERR_SUPERVISOR_RUNNING
   */
  static async listen(serverRoot: string, handle: ControlHandler): Promise<ControlSocket> {
    const control = new ControlSocket(join(serverRoot, CONTROL_SOCKET), handle);
    if (await control.#tryToListen()) return control;
    await requireNotRunning(serverRoot);
    await removeIfPresent(control.#path);
    if (await control.#tryToListen()) return control;
    // Where there are no locks, another one that starts at the same moment may have been faster.
    await requireNotRunning(serverRoot);
    throw new SupervisorRunningError(serverRoot, undefined);
  }

  /**
   * Removes the socket and lets go of those who still wait for an answer. The server removes it when it begins to close;
   * after that the next supervisor may have put its own there.
   */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    const timer = setTimeout(() => {
      this.#connections.forEach((socket) => socket.destroy());
    }, FLUSH_MS);
    await closed;
    clearTimeout(timer);
  }

  /** False when the socket's place is taken. */
  async #tryToListen(): Promise<boolean> {
    try {
      await this.#listen();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      return false;
    }
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      // The bind happens inside listen(): the socket is 0600 from its first moment.
      const umask = process.umask(0o177);
      try {
        this.#server.once('error', reject).listen(this.#path, resolve);
      } finally {
        process.umask(umask);
      }
    });
  }
}

async function answer(socket: Socket, handle: ControlHandler): Promise<void> {
  const line = await readLine(socket);
  if (line !== undefined) socket.end(`${JSON.stringify(await replyTo(line, handle))}\n`);
}

/** The first line, or undefined when the client left without one. */
function readLine(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => {
    let received = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (received.includes('\n') || received.length > MAX_LINE_BYTES) resolve(received.split('\n', 1)[0]);
    });
    socket.once('end', () => {
      if (received === '') socket.end();
      resolve(received === '' ? undefined : received);
    });
  });
}

async function replyTo(line: string, handle: ControlHandler): Promise<ControlReply> {
  try {
    return await handle(parseControlRequest(line));
  } catch (error) {
    return { ok: false, error: describe(error) };
  }
}

function describe(error: unknown): { code: string; message: string; hint?: string } {
  if (!(error instanceof Error) || !('code' in error)) throw error;
  const { message, hint } = error as Error & { hint?: string };
  return { code: String(error.code), message, ...(hint !== undefined && { hint }) };
}
