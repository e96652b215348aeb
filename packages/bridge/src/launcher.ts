import { type ChildProcess } from 'node:child_process';

import { type WorkerFailure } from '@httpd-express/worker/messages';

import { EnvFileError } from './errors.ts';
import { type BridgeSettings } from './messages.ts';
import { toImportFlags } from './preloads.ts';
import { spawnWorker } from './spawn-worker.ts';
import { readWorkerEnvironment } from './worker-environment.ts';

/** What the workers of one generation have in common. */
interface Prepared {
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Starts worker processes. What is read from disk for them is read once per generation: one that is restarted later
 * finds what the others of its generation found, also after a reload that failed.
 */
export class Launcher {
  readonly #settings: BridgeSettings;
  readonly #mainPath: string;
  readonly #prepared = new Map<number, Prepared>();

  constructor(settings: BridgeSettings, mainPath: string) {
    this.#settings = settings;
    this.#mainPath = mainPath;
  }

  /** Comes before the first worker of a generation; settles with why there can be none. */
  prepare(generation: number): Promise<WorkerFailure | undefined> {
    try {
      const env = readWorkerEnvironment(this.#settings.env, this.#settings.launch);
      this.#prepared.set(generation, { env });
      this.#prepared.delete(generation - 2);
      return Promise.resolve(undefined);
    } catch (error) {
      if (!(error instanceof EnvFileError)) throw error;
      const { code, message, hint } = error;
      return Promise.resolve({ code, message, hint });
    }
  }

  /** Starts a worker. */
  spawn(generation: number): ChildProcess {
    const { workingDirectory, launch, app } = this.#settings;
    const { env } = this.#get(generation);
    const mainPath = this.#mainPath;
    const importFlags = toImportFlags({ imports: launch.imports, app, workingDirectory, mainPath });
    return spawnWorker({ mainPath, workingDirectory, env, launch, importFlags });
  }

  #get(generation: number): Prepared {
    const prepared = this.#prepared.get(generation);
    if (prepared === undefined) throw new Error(`generation ${generation} is not prepared. This is a bug.`);
    return prepared;
  }
}
