import { openBackgroundReport } from './background.ts';
import { StartInterruptedError } from './errors.ts';
import { type SignalCommand, onSignals } from './signals.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';
import { closeLostTerminals } from './terminals.ts';
import { type SupervisorSettings } from './supervisor-settings.ts';

/** Command → what is called for it. */
const actions: Readonly<
  Record<SignalCommand, (supervisor: Supervisor, signal: NodeJS.Signals) => void | Promise<void>>
> = {
  stop: (supervisor, signal) => {
    supervisor.stop(signal);
  },
  reload: (supervisor) => supervisor.reload(),
  // As mod_wsgi: the signal evicts, with a time-out of its own.
  roll: (supervisor) => supervisor.roll({ evict: true }),
  signalApp: (supervisor) => {
    supervisor.signalApp('SIGUSR2');
  },
  ignore: () => undefined,
};

/**
 * Runs a server root as this process: takes its signals, starts everything, and resolves with the exit status when it
 * is over. Rejects with a coded error when it cannot start.
 */
export async function supervise(
  settings: SupervisorSettings,
  options: SupervisorOptions = {},
): Promise<number> {
  const supervisor = new Supervisor(settings, options);
  const over = new AbortController();
  onSignals(
    (command, signal) => void supervisor.obey(() => actions[command](supervisor, signal)),
    over.signal,
  );
  const background = openBackgroundReport(() => {
    supervisor.stop();
  });
  const killNow = () => {
    supervisor.killNow();
  };
  process.once('exit', killNow);
  surviveBrokenPipes();
  try {
    await supervisor.start();
    background.started();
    return await supervisor.run();
  } catch (error) {
    if (error instanceof StartInterruptedError) return error.exitStatus;
    throw error;
  } finally {
    over.abort();
    background.close();
    closeLostTerminals();
    process.removeListener('exit', killNow);
  }
}

/** A reader of our output that went away (`express start-server | head`) must not end the service. */
function surviveBrokenPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
}
