import type { BridgeSettings, Identity } from '@httpd-express/bridge/messages';

import type { LogRotationSettings } from './log-rotation.ts';

/** What the supervisor needs to run a server root that is already written. Plain JSON: it is `settings.json` there. */
export interface SupervisorSettings {
  readonly serverRoot: string;
  /** The generated control script; `apachectl -DFOREGROUND` is httpd in the foreground. */
  readonly apachectlPath: string;
  /** httpd's own executable, named in messages. */
  readonly httpdPath: string;
  readonly httpdVersion: string;
  /** Address to probe once httpd has started; absent host means loopback. */
  readonly listen: { readonly host?: string; readonly port: number };
  /** The HTTPS port, on the same address. */
  readonly httpsPort?: number;
  readonly certificates?: CertificateFiles;
  readonly url: string;
  /** Where httpd, the bridge and the app write; absent means the supervisor's own stderr. */
  readonly errorLogPath?: string;
  /** What httpd says before it has opened its error log; absent means that goes there, too. */
  readonly startupLogPath?: string;
  readonly logRotation?: LogRotationSettings;
  /** Absent when only files are served. */
  readonly bridge?: BridgeSettings;
  /** The script sourced for everything that is started; absent means `envvars` of the server root. */
  readonly envvarsPath?: string;
  readonly services?: readonly ServiceSettings[];
  readonly gracefulTimeoutMs: number;
  readonly shutdownTimeoutMs: number;
  /** Printed once everything is ready. */
  readonly banner: string;
}

/** What httpd reads when it starts and after that on a graceful restart only: the supervisor looks for new ones. */
export interface CertificateFiles {
  /** Absent with ACME alone. */
  readonly pair?: { readonly certificateFile: string; readonly keyFile: string };
  /** Chains, and authorities of clients. */
  readonly others: readonly string[];
  /** Where mod_md tells how far it is: `job.json` of its staging area. */
  readonly acmeJobFile?: string;
}

/** A program of the user's that runs as long as the server. */
export interface ServiceSettings {
  readonly name: string;
  /** Absolute path of the script. */
  readonly file: string;
  /** The module that compiles TypeScript, for `--import`. */
  readonly loaderUrl?: string;
  readonly workingDirectory: string;
  /** Complete environment but for what `envvars` adds. */
  readonly env: Readonly<Record<string, string>>;
  /** Set when started as root. */
  readonly identity?: Identity;
  /** Absent means the error log. */
  readonly logPath?: string;
}
