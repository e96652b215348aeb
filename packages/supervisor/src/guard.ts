import { type ProcessCommand, startProcess } from './spawn.ts';
import { RunningProcess } from './running-process.ts';

/**
 * What a guard sends when we are gone: to the program alone, which ends its children itself, or to its whole group. What
 * is left of the group two seconds later is killed: httpd waits longer for a client that takes nothing, and its children
 * wait for ever when it died with us.
 */
export interface LastWord {
  readonly signal: 'TERM' | 'KILL';
  readonly to: 'leader' | 'group';
}

/**
 * Waits for the end of its standard input, which is ours to close, and is closed for us when we are killed. Nobody else
 * gets the number of a group as long as one of it lives, so it is looked for again and again, and left alone once gone.
 */
const SCRIPT = `read -r _
kill -s "$0" -- "$1"
for pause in 0.1 0.1 0.3 0.5 1; do kill -s 0 -- "$2" || exit 0; sleep "$pause"; done
kill -s KILL -- "$2"`;

/**
 * Starts a program that does not outlive us, not even when SIGKILL leaves us no last word. A shell beside it waits for
 * our end; it is in a session of its own, so that what ends us at a terminal does not end it first. It is killed as soon
 * as the program has ended, and so never signals another that got the same pid.
 *
 * @throws {ProcessStartError} ERR_SUPERVISOR_PROCESS_START; nothing runs then
 */
export async function startGuarded(command: ProcessCommand, lastWord: LastWord): Promise<RunningProcess> {
  const running = new RunningProcess(await startProcess(command));
  try {
    const guard = await startGuard(running.pid, lastWord);
    void running.exited.then(() => guard.signal('SIGKILL'));
    return running;
  } catch (error) {
    await running.kill();
    throw error;
  }
}

async function startGuard(pid: number, { signal, to }: LastWord): Promise<RunningProcess> {
  const [group, leader] = [String(-pid), String(pid)];
  return new RunningProcess(
    await startProcess({
      file: '/bin/sh',
      args: ['-c', SCRIPT, signal, to === 'group' ? group : leader, group],
      cwd: '/', // keeps no file system busy
      stdio: ['pipe', 'ignore', 'ignore'],
    }),
  );
}
