import { readFile } from 'node:fs/promises';

import { FileWatch } from '@httpd-express/bridge/file-watch';

import { type CertificateFiles } from './supervisor-settings.ts';

/** A new certificate waits for one to two of these. */
const INTERVAL_MS = 1000;

/** Tells when httpd should read its certificates again: files were replaced, or mod_md has got a new one. */
export class CertificateWatch {
  readonly #files: CertificateFiles;
  readonly #onNew: (reason: string) => unknown;
  readonly #watch: FileWatch;

  /** `onNew` is called with a sentence for the log. Whether the files can be served is for the caller to find out. */
  constructor(files: CertificateFiles, onNew: (reason: string) => unknown) {
    this.#files = files;
    this.#onNew = onNew;
    const startedAt = Date.now();
    this.#watch = new FileWatch({
      files: () => filesOf(files),
      since: () => startedAt,
      intervalMs: INTERVAL_MS,
      onChange: (changed) => void this.#judge(changed),
    });
  }

  start(): void {
    this.#watch.start();
  }

  stop(): void {
    this.#watch.stop();
  }

  /** httpd is about to read its certificates: those that are there now are not news. */
  async forget(): Promise<void> {
    await this.#watch.forget();
  }

  async #judge(changed: readonly string[]): Promise<void> {
    const { acmeJobFile } = this.#files;
    const replaced = changed.filter((file) => file !== acmeJobFile);
    if (replaced.length > 0) this.#onNew(`${replaced.join(' and ')} changed`);
    else if (acmeJobFile !== undefined && (await isFinished(acmeJobFile)))
      this.#onNew('the authority has issued a certificate');
  }
}

function filesOf({ pair, others, acmeJobFile }: CertificateFiles): string[] {
  return [
    ...(pair === undefined ? [] : [pair.certificateFile, pair.keyFile]),
    ...others,
    ...(acmeJobFile === undefined ? [] : [acmeJobFile]),
  ];
}

/** mod_md writes the file anew at every step, and takes it away when it serves what it has got. */
async function isFinished(jobFile: string): Promise<boolean> {
  const text = await readFile(jobFile, 'utf8').catch(() => ''); // gone: it serves
  return /"finished"\s*:\s*true/.test(text);
}
