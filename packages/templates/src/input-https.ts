/** The parts of `TemplateInput` about host names and HTTPS. */

/** The host names that are served; a request for another one is refused. */
export interface HostsInput {
  /** `www.example.com` */
  readonly name: string;
  /** More names, in which `*` and `?` stand for any characters and any one. */
  readonly aliases: readonly string[];
  /** Whether clients of this machine may use any name. */
  readonly allowLocalhost: boolean;
}

/** A certificate that mod_md gets and renews. */
interface AcmeInput {
  /** What the certificate is for; mod_md names it after the first. */
  readonly domains: readonly [string, ...string[]];
  /** Address of electronic mail. */
  readonly contact: string;
  readonly directoryUrl: string;
  /** Authorities of the directory itself; absent means the system's. */
  readonly caFile?: string;
  /** Where keys and certificates are kept. */
  readonly storeDirectory: string;
}

/** A second port, for HTTPS. */
export interface TlsInput {
  readonly port: number;
  /** Absent with `acme` alone. */
  readonly pair?: {
    /** PEM; the server's own certificate comes first. */
    readonly certificateFile: string;
    /** PEM, without a pass phrase. */
    readonly keyFile: string;
  };
  readonly acme?: AcmeInput;
  /** Names of the certificate, where the server has no name of its own; the first is the one that httpd compares. */
  readonly names?: readonly string[];
  readonly chainFile?: string;
  /** As SSLProtocol names them: `TLSv1.2`. */
  readonly protocols: readonly string[];
  /** For TLS 1.2, as OpenSSL writes them. */
  readonly cipherSuite: string;
  /** Absent: clients are not asked for certificates. */
  readonly clients?: {
    readonly caFile: string;
    readonly verifyDepth: number;
    /** URL paths that need a certificate; none means that everything does. */
    readonly paths: readonly string[];
  };
  /** Whether the app is told the SSL_* variables. */
  readonly environment: boolean;
  /** Whether HTTP only redirects to HTTPS. */
  readonly only: boolean;
  /** Value of Strict-Transport-Security. */
  readonly hstsPolicy?: string;
}
