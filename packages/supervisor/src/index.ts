export { findSearchObstacle } from './access.ts';
export { findObstacleOf } from './account-access.ts';
export { type HttpdIdentity, type Identities, type IdentityRequest, resolveIdentity } from './identity.ts';
export {
  type ServerRoot,
  type ServerRootOptions,
  defaultServerRoot,
  openServerRoot,
  planServerRoot,
  prepareServerRoot,
} from './server-root.ts';
export { ServerRootLock } from './server-root-lock.ts';
export { type Weakness, findWeakness } from './trust.ts';
export { Undo } from './undo.ts';
export { type ServerRootFile, type VerifyFiles } from './write-files.ts';
export { formatSettings, readSettings } from './settings-file.ts';
export { type ServiceSettings, type SupervisorSettings } from './supervisor-settings.ts';
export { type ConfigTestTarget, configTest } from './config-test.ts';
export { waitForPredecessor } from './predecessor.ts';
export { listenAddresses, type ListenAddress, requirePortFree } from './probe.ts';
export { type SupervisorOptions, Supervisor } from './supervisor.ts';
export { supervise } from './supervise.ts';
export { type BackgroundStart, startInBackground } from './background.ts';
export { requireNotRunning, sendControl } from './control-client.ts';
export {
  type ControlCommand,
  type ControlRequest,
  type SupervisorState,
  type SupervisorStatus,
  controlCommands,
} from './control-messages.ts';
export { type RunningRootsOptions, findRunningServerRoots } from './running-roots.ts';
export { signalCommands } from './signals.ts';
export * from './errors.ts';
