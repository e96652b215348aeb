import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import { ExpressServer } from '../support/express-server.ts';
import { PlainServer } from '../support/plain-server.ts';
import type { Case } from './case.ts';
import { KEEP_ALIVE_SECONDS } from './changes.ts';
import type { Delta } from './delta.ts';
import type { Outcome } from './outcome.ts';
import { runCorpus } from './run-corpus.ts';

/** A case, with its place in the corpus. */
export interface Row {
  readonly theme: string;
  readonly one: Case;
  /** Theme and title. */
  readonly name: string;
  readonly index: number;
}

const apps = path.join(import.meta.dirname, '../fixtures/apps');

/** One app under plain Node and here, and what came of every case of its corpus. */
export class Comparison {
  readonly rows: readonly Row[];
  /** By the name of a case: what it has that is no row's for every case. */
  readonly recorded: Readonly<Record<string, Delta>>;
  readonly found: Record<string, Delta> = {};
  readonly #recordedFile: string;
  readonly #app: string;
  #ours: readonly (Outcome | Error)[] = [];
  #oracle: readonly (Outcome | Error)[] = [];

  constructor(app: string, recordedFile: string, corpus: Readonly<Record<string, readonly Case[]>>) {
    this.#app = path.join(apps, app);
    this.#recordedFile = path.join(import.meta.dirname, recordedFile);
    this.recorded = { ...read(this.#recordedFile), ...(isOldest ? {} : read(this.#newerFile)) };
    this.rows = Object.entries(corpus)
      .flatMap(([theme, list]) => list.map((one) => ({ theme, one, name: `${theme} ${one.title}` })))
      .map((row, index) => ({ ...row, index }));
  }

  /** Runs every case with both. */
  async run(): Promise<void> {
    const cases = this.rows.map(({ one }) => one);
    const [server, plain] = await Promise.all([
      // The client reads many connections at once: it may take longer than the default to ask whether one is kept.
      ExpressServer.start([this.#app, '--keep-alive-timeout', String(KEEP_ALIVE_SECONDS)]),
      PlainServer.start(this.#app),
    ]);
    try {
      [this.#ours, this.#oracle] = await Promise.all([runCorpus(server, cases), runCorpus(plain, cases)]);
    } finally {
      await Promise.all([server.stop(), plain.stop()]);
    }
  }

  /** What came of a case: under plain Node, and here. Throws what kept it from running. */
  outcomes({ index }: Row): readonly [plain: Outcome, here: Outcome] {
    return [requireOutcome(this.#oracle[index]), requireOutcome(this.#ours[index])];
  }

  /** Writes what was found in place of what was recorded; of a newer Node, what differs from the oldest. */
  update(): void {
    const base = read(this.#recordedFile);
    const names = Object.keys({ ...base, ...this.found });
    const isOther = (name: string): boolean => !isDeepStrictEqual(base[name], this.found[name]);
    const newer = names.filter(isOther).map((name) => [name, this.found[name] ?? {}]);
    if (isOldest) write(this.#recordedFile, this.found);
    else if (newer.length > 0) write(this.#newerFile, Object.fromEntries(newer) as Record<string, Delta>);
  }

  /** Where Node itself has changed. */
  get #newerFile(): string {
    return this.#recordedFile.replace(/\.json$/, `-node-${nodeMajor}.json`);
  }
}

const nodeMajor = Number(process.versions.node.split('.')[0]);
/** The oldest Node that is supported: the one that the documentation speaks of. */
const isOldest = nodeMajor === 20;

function read(file: string): Record<string, Delta> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, Delta>) : {};
}

function write(file: string, deltas: Readonly<Record<string, unknown>>): void {
  writeFileSync(file, `${JSON.stringify(deltas, null, 1)}\n`);
}

function requireOutcome(outcome: Outcome | Error | undefined): Outcome {
  if (outcome === undefined) throw new Error('the case did not run');
  if (outcome instanceof Error) throw outcome;
  return outcome;
}
