import { isTerminalLost } from './terminals.ts';

/** What the supervisor does about a signal. */
export type SignalCommand = 'stop' | 'reload' | 'roll' | 'signalApp' | 'ignore';

/** Signal → command. A second `stop` forces. */
export const signalCommands = {
  SIGTERM: 'stop',
  SIGINT: 'stop',
  SIGHUP: 'reload',
  SIGUSR1: 'roll',
  SIGUSR2: 'signalApp',
  // A terminal that changes its size sends this to its programs; to httpd it would mean graceful-stop (mod_wsgi#105).
  SIGWINCH: 'ignore',
  SIGPIPE: 'ignore',
} as const satisfies Partial<Record<NodeJS.Signals, SignalCommand>>;

/** Calls `run` for every signal of the table until `until` aborts. */
export function onSignals(
  run: (command: SignalCommand, signal: NodeJS.Signals) => void,
  until: AbortSignal,
): void {
  for (const [name, command] of Object.entries(signalCommands) as [NodeJS.Signals, SignalCommand][]) {
    // A terminal that is closed sends SIGHUP too, and then there is nobody left to serve for.
    const listener = () => {
      run(name === 'SIGHUP' && isTerminalLost() ? 'stop' : command, name);
    };
    process.on(name, listener);
    until.addEventListener('abort', () => process.removeListener(name, listener), { once: true });
  }
}
