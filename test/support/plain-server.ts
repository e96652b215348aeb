import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const runner = path.join(import.meta.dirname, '../fixtures/plain-node.mjs');

/** An app under Node's own http, in a process of its own: what ours is compared with. */
export class PlainServer {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Serves the default export of a JavaScript module. */
  static async start(app: string): Promise<PlainServer> {
    const child = spawn(process.execPath, [runner, app], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return new PlainServer(child, Number(line.toString()));
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}
