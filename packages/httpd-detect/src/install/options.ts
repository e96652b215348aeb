import type { LibraryPolicy } from './manifest.ts';

/** What every installation takes. */
export interface InstallOptions {
  /** Receives one line per step, for people. */
  readonly onProgress: (line: string) => void;
  /** The environment package tools are run in; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/** What a private installation takes besides. */
export interface InstallPrivateOptions extends InstallOptions {
  /** The directory for private builds; `privateHttpdHome(env)` by default. */
  readonly home?: string | undefined;
  /** Install again although a usable private build is there. */
  readonly force?: boolean | undefined;
  /** `missing` by default; a private build made under another policy than the one asked for is installed again. */
  readonly libs?: LibraryPolicy | undefined;
}
