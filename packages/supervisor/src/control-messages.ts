import { type BridgeStatus } from '@httpd-express/bridge/messages';

import { type KeeperState } from './keeper.ts';

/** What `control.sock` understands, one line of JSON per connection: `{"command":"roll","worker":3}`. */
export const controlCommands = ['status', 'stop', 'graceful', 'restart', 'roll'] as const;

/**
 * `stop` is answered when everything has ended; `graceful` when the new configuration is in use and all workers are
 * new; `roll` when the workers are; `restart` when httpd and the bridge have been stopped and started.
 */
export type ControlCommand = (typeof controlCommands)[number];

/** How workers are replaced, and which. */
export interface RollArguments {
  /** The old ones have eviction-timeout instead of graceful-timeout. */
  readonly evict?: boolean;
  /** Only the one with this number. */
  readonly worker?: number;
}

/** A line as it was understood. Only `roll` takes arguments. */
export type ControlRequest =
  { readonly command: Exclude<ControlCommand, 'roll'> } | ({ readonly command: 'roll' } & RollArguments);

/** An answer, in one line of JSON. `status` is set in the answers to `status` and `roll`. */
export type ControlReply =
  | { readonly ok: true; readonly status?: SupervisorStatus }
  | {
      readonly ok: false;
      readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
    };

/** Where a supervisor is in its life. */
export type SupervisorState = 'created' | 'starting' | 'running' | 'stopping' | 'stopped';

/** A moment of a supervisor and what it keeps running. */
export interface SupervisorStatus {
  readonly pid: number;
  readonly state: SupervisorState;
  readonly serverRoot: string;
  readonly url: string;
  readonly httpd: { readonly state: KeeperState; readonly version: string; readonly pid?: number };
  /** Absent when only files are served; `details` are absent while the bridge does not answer. */
  /** Absent when there are none. */
  readonly services?: readonly {
    readonly name: string;
    readonly state: KeeperState;
    readonly pid?: number;
  }[];
  readonly bridge?: { readonly state: KeeperState; readonly pid?: number; readonly details?: BridgeStatus };
}
