/** The part of `TemplateInput` about other servers that are reached through this one. */

/** `--proxy-mount-point`, `--proxy-virtual-host` and what they need. */
export interface ProxiesInput {
  /** A URL path, and the URL it stands for. */
  readonly mounts: readonly (readonly [url: string, target: string])[];
  /** A host name, and the URL it stands for. */
  readonly hosts: readonly (readonly [name: string, target: string])[];
  /** Silence after which a request is given up; absent means `socketTimeoutSeconds`. */
  readonly timeoutSeconds?: number;
  /** Certificates that the servers behind https: are checked with; PEM. */
  readonly caFile?: string;
}
