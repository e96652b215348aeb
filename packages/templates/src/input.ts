import type { HttpdBuild, Mpm } from '@httpd-express/httpd-detect';

import type { AccessInput } from './input-access.ts';
import type { HostsInput, TlsInput } from './input-https.ts';
import type { ProxiesInput } from './input-proxies.ts';

import type { SpareWorkers } from './mpm.ts';

/** Everything the templates need to know, resolved: absolute paths, seconds as httpd counts them, no defaults left to apply. */
export interface TemplateInput {
  /** Named in the head of every file: who wrote it and how to write it again (secrets already redacted). */
  readonly generator: { readonly name: string; readonly version: string; readonly command: string };
  readonly build: HttpdBuild;
  /** The MPM asked for; absent means the build's preferred one. */
  readonly mpm?: Mpm;
  readonly serverRoot: string;
  readonly listen: {
    /** Address to bind; absent means every address. IPv6 without brackets. */
    readonly host?: string;
    readonly port: number;
  };
  /** Host name in URLs and redirects. */
  readonly serverName: string;
  /** Absent: any host name is served. */
  readonly hosts?: HostsInput;
  /** Absent: HTTP alone. */
  readonly tls?: TlsInput;
  /** Absent: everybody is let in. */
  readonly access?: AccessInput;
  readonly http2: boolean;
  readonly compressResponses: boolean;
  /** Set when started as root: the account of httpd's children. */
  readonly runAs?: { readonly user: string; readonly group: string };
  /** Absent when only files are served. */
  readonly app?: {
    /** The bridge's FastCGI socket, at most 95 bytes. */
    readonly socketPath: string;
    /** The bridge's HTTP socket for requests that ask for a WebSocket, under the same limit. */
    readonly upgradeSocketPath: string;
    /** `/` or `/prefix` without a trailing slash. */
    readonly mountPoint: string;
    /** `--setenv`: variables of every request. */
    readonly setenv: readonly (readonly [name: string, value: string])[];
    /** `--add-handler`: extensions of files that scripts of the app answer for. */
    readonly handlers?: readonly string[];
    /** `--passenv`: variables of httpd's own environment that go with every request. */
    readonly passenv?: readonly string[];
  };
  readonly documentRoot: string;
  /** `--directory-index`; absent means directories are not served from a file. */
  readonly directoryIndex?: string;
  readonly urlAliases: readonly {
    readonly url: string;
    readonly path: string;
    readonly kind: 'directory' | 'file';
  }[];
  readonly files: FileSettings;
  /** Absent: nothing is passed on to other servers. */
  readonly proxies?: ProxiesInput;
  readonly capacity: {
    readonly processes: number;
    readonly concurrency: number;
    /** `--max-clients`; absent means computed. */
    readonly maxClients?: number;
    readonly serverBacklog: number;
    /** `--initial-workers` and its like. */
    readonly spare?: SpareWorkers;
  };
  readonly limits: RequestLimits;
  readonly socketTimeoutSeconds: number;
  readonly logs: {
    readonly level: string;
    readonly error: LogTarget;
    /** Absent means no access log. */
    readonly access?: LogTarget;
    /** `common`, `combined`, `json` or a format; absent means common. */
    readonly accessFormat?: string;
    /** ErrorLogFormat; absent means ours. */
    readonly errorFormat?: string;
    /** `--startup-log` */
    readonly startupPath?: string;
  };
  /** `--with-cgi` */
  readonly withCgi?: boolean;
  readonly serverStatus: boolean;
  readonly includeFiles: readonly string[];
  /** What the generated apachectl needs beside httpd itself. */
  readonly control: {
    /** Absolute path of the node executable. */
    readonly nodePath: string;
    /** Absolute path of the `express` entry script. */
    readonly cliPath: string;
    /** Sourced by apachectl; absent means `envvars` of the server root. */
    readonly envvarsPath?: string;
    readonly workingDirectory: string;
    /** LANG and LC_ALL of httpd and the app. */
    readonly locale: string;
  };
}

/** How files are served, beside where they are. */
export interface FileSettings {
  readonly directoryListing: boolean;
  /** `--spa`: navigations that find no file get index.html, except below these URL paths. */
  readonly spa?: { readonly exclude: readonly string[] };
  readonly precompressed: boolean;
  /** `--mime-types`; absent means the build's own list, or ours. */
  readonly mimeTypesPath?: string;
  readonly enableSendfile: boolean;
  readonly errorDocuments: readonly (readonly [status: number, url: string])[];
  readonly errorOverride: boolean;
  /** Arguments of AllowOverride; none means None. */
  readonly allowOverride: readonly string[];
  /** `--rewrite-rules`; absent means rewrite.conf of the server root. */
  readonly rewriteRulesPath?: string;
}

/** What a client may send, and how slowly. */
export interface RequestLimits {
  /** Bytes; 0 is no limit. */
  readonly body: number;
  readonly fields: number;
  readonly fieldBytes: number;
  readonly lineBytes: number;
  readonly header: ReadTime;
  readonly bodyTime: ReadTime;
  /** 0 closes a connection after each request. */
  readonly keepAliveMs: number;
  /** Whether a body may come without a length. */
  readonly allowsChunked: boolean;
}

/** How long a client may take to send a part of a request. */
export interface ReadTime {
  /** 0 is no limit. */
  readonly timeoutSeconds: number;
  /** To which the bytes that arrive extend it; 0 is no limit. */
  readonly maxSeconds: number;
  /** Bytes that extend it by a second; 0 is none. */
  readonly minRate: number;
}

/** A log file, or the supervisor's terminal: opened directly where that is possible, else through a pipe. */
export type LogTarget =
  | { readonly kind: 'file'; readonly path: string }
  | {
      /** Written by rotatelogs; for a log that httpd alone writes. */
      readonly kind: 'rotated';
      readonly path: string;
      readonly rotatelogsPath: string;
      readonly maxBytes: number;
      readonly maxFiles: number;
    }
  | { readonly kind: 'terminal'; readonly stream: 'stdout' | 'stderr'; readonly openable: boolean };

/** A file to write: path relative to the server root, text, and mode. */
export interface RenderedFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** A file people may edit: written only when it is absent. */
  readonly keep?: boolean;
}
