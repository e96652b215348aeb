import { type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';

import { type AppBundle, type AppSettings, type WorkerFailure } from '@httpd-express/worker/messages';

import { EnvFileError } from './errors.ts';
import { type BridgeSettings } from './messages.ts';
import { toImportFlags } from './preloads.ts';
import { spawnWorker } from './spawn-worker.ts';
import { readWorkerEnvironment } from './worker-environment.ts';

/** What the workers of one generation have in common. */
interface Prepared {
  readonly env: Readonly<Record<string, string>>;
  readonly bundle?: AppBundle;
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
  async prepare(generation: number): Promise<WorkerFailure | undefined> {
    const env = this.#readEnvironment();
    if ('code' in env) return env;
    const bundle = await this.#bundle(generation);
    if (bundle !== undefined && 'code' in bundle) return bundle;
    this.#prepared.set(generation, { env: env.variables, ...(bundle && { bundle }) });
    this.#forget(generation - 2);
    return undefined;
  }

  /** The app as the workers of a generation load it. */
  appOf(generation: number): AppSettings {
    const { bundle } = this.#get(generation);
    return { ...this.#settings.app, ...(bundle && { bundle }) };
  }

  /** Removes what was made for the workers: there will be none. */
  dispose(): void {
    this.#prepared.clear();
    rmSync(this.#bundles, { recursive: true, force: true });
  }

  /** Starts a worker. */
  spawn(generation: number): ChildProcess {
    const { workingDirectory, launch, app } = this.#settings;
    const { env } = this.#get(generation);
    const mainPath = this.#mainPath;
    const importFlags = toImportFlags({ imports: launch.imports, app, workingDirectory, mainPath });
    return spawnWorker({ mainPath, workingDirectory, env, launch, importFlags });
  }

  #readEnvironment(): { readonly variables: Prepared['env'] } | WorkerFailure {
    try {
      return { variables: readWorkerEnvironment(this.#settings.env, this.#settings.launch) };
    } catch (error) {
      if (!(error instanceof EnvFileError)) throw error;
      const { code, message, hint } = error;
      return { code, message, hint };
    }
  }

  async #bundle(generation: number): Promise<AppBundle | WorkerFailure | undefined> {
    const { app, workingDirectory } = this.#settings;
    if (app.loader !== 'bundle' || app.kind !== 'script') return undefined;
    if (this.#prepared.size === 0) rmSync(this.#bundles, { recursive: true, force: true }); // of a bridge that was killed
    // The compiler is loaded for who wants it.
    const { bundleApp } = await import('@httpd-express/worker/bundle');
    return bundleApp({ entry: app.entry, workingDirectory, directory: this.#bundleDirectory(generation) });
  }

  /** Of one server and its account: the sockets are there as well. */
  get #bundles(): string {
    return path.join(this.#settings.workerSocketDirectory, 'bundles');
  }

  #bundleDirectory(generation: number): string {
    return path.join(this.#bundles, String(generation));
  }

  #forget(generation: number): void {
    if (this.#prepared.get(generation)?.bundle !== undefined)
      rmSync(this.#bundleDirectory(generation), { recursive: true, force: true });
    this.#prepared.delete(generation);
  }

  #get(generation: number): Prepared {
    const prepared = this.#prepared.get(generation);
    if (prepared === undefined) throw new Error(`generation ${generation} is not prepared. This is a bug.`);
    return prepared;
  }
}
