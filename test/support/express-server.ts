import { randomUUID } from 'node:crypto';
import { chownSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { type CommandOptions, type CommandResult, ExpressCommand } from './express-command.ts';
import { findProcesses } from './find-processes.ts';
import { findFreePort } from './free-port.ts';
import { startSparingTick } from './httpd-tick.ts';
import { createTemporaryDirectory } from './temporary-directory.ts';
import { waitFor } from './wait-for.ts';

/** Where a server listens, and how it is told; `127.0.0.1` and options unless a test is about that. */
export interface ListenOptions extends CommandOptions {
  /** Absent means one of its own, in a temporary directory. */
  readonly serverRoot?: string;
  readonly listen?: (port: number) => {
    readonly args?: readonly string[];
    readonly env?: Record<string, string>;
    /** As written in a URL. */
    readonly host?: string;
  };
}

/** `express start-server`, ready, on a free port of the loopback with a server root of its own. */
export class ExpressServer {
  readonly command: ExpressCommand;
  readonly port: number;
  readonly serverRoot: string;
  readonly #host: string;
  /** In the environment of every process of this server. */
  readonly mark: string;
  readonly #removeDirectory: () => void;

  private constructor(
    command: ExpressCommand,
    { host = '127.0.0.1', port }: { host?: string; port: number },
    serverRoot: string,
    mark: string,
    removeDirectory: () => void,
  ) {
    this.command = command;
    this.#host = host;
    this.port = port;
    this.serverRoot = serverRoot;
    this.mark = mark;
    this.#removeDirectory = removeDirectory;
  }

  /** Starts `express start-server ...args` and waits for its banner. */
  static async start(
    args: readonly string[],
    { listen = listenOnLoopback, ...options }: ListenOptions = {},
  ): Promise<ExpressServer> {
    const port = await findFreePort();
    const where = listen(port);
    const directory = createTemporaryDirectory();
    if (options.account !== undefined) chownSync(directory.path, options.account.uid, options.account.gid);
    const serverRoot = options.serverRoot ?? path.join(directory.path, 'root');
    const mark = `${process.pid}-${port}-${randomUUID()}`;
    const command = new ExpressCommand(
      [
        'start-server',
        ...(where.args ?? []),
        '--server-root',
        serverRoot.replaceAll('${', () => '$${'),
        ...args,
      ],
      { ...options, env: { ...options.env, ...where.env, TEST_SERVER_MARK: mark } },
    );
    const address = { port, ...(where.host !== undefined && { host: where.host }) };
    const server = new ExpressServer(command, address, serverRoot, mark, directory.remove);
    try {
      await command.waitForBanner();
    } catch (error) {
      await command.stop('SIGKILL');
      directory.remove();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://${this.#host}:${this.port}`;
  }

  get errorLog(): string {
    return readFileSync(path.join(this.serverRoot, 'error_log'), 'utf8');
  }

  /** Stops it as Ctrl-C does, without the tick of httpd, and fails when one of its processes is left. */
  async stop(): Promise<CommandResult> {
    const spareTick = startSparingTick(this.serverRoot);
    const result = await this.command.stop('SIGINT').finally(spareTick.stop);
    await waitFor(() => findProcesses(this.mark).length === 0, {
      within: 5000,
      what: `the processes of ${this.serverRoot} to end: ${JSON.stringify(findProcesses(this.mark))}`,
    });
    this.#removeDirectory();
    return result;
  }
}

function listenOnLoopback(port: number): { readonly args: readonly string[] } {
  return { args: ['--host', '127.0.0.1', '--port', String(port)] };
}
