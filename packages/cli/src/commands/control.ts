/** `express control VERB --server-root DIR`, hidden: what the generated `apachectl` calls. */
import { openServerRoot, requireNotRunning, sendControl, startInBackground } from '@httpd-express/supervisor';

import { describeStatus } from '../describe-status.ts';
import { UnknownArgumentError } from '../errors.ts';
import { type Invocation } from '../invocation.ts';
import { cliPath } from '../program-files.ts';
import { ifRunning } from '../running-root.ts';
import { requireServerRoot } from '../server-root-option.ts';
import { EXIT_NOT_RUNNING } from './status.ts';

/** Settles with the exit status. */
type Verb = (serverRoot: string) => Promise<number>;

const verbs: Readonly<Record<string, Verb>> = {
  start: async (serverRoot) => {
    await requireNotRunning(serverRoot);
    return start(serverRoot);
  },
  stop,
  'graceful-stop': stop,
  // As httpd's own -k: what does not run is started.
  restart: (serverRoot) =>
    ifRunning(
      () => send(serverRoot, 'restart'),
      () => start(serverRoot),
    ),
  graceful: (serverRoot) =>
    ifRunning(
      () => send(serverRoot, 'graceful'),
      () => start(serverRoot),
    ),
  status: (serverRoot) =>
    ifRunning(
      async () => {
        const { status } = await sendControl(serverRoot, 'status');
        process.stdout.write(status === undefined ? 'running\n' : describeStatus(status));
        return 0;
      },
      () => notRunning(serverRoot, EXIT_NOT_RUNNING),
    ),
};

export async function control(invocation: Invocation): Promise<number> {
  const [name = ''] = invocation.operands;
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (verb === undefined)
    throw new UnknownArgumentError(
      `unknown control command '${name}'`,
      `one of ${Object.keys(verbs).join(', ')}`,
    );
  const root = await openServerRoot(requireServerRoot(invocation));
  return verb(root.path);
}

async function start(serverRoot: string): Promise<number> {
  const pid = await startInBackground({
    argv: [process.execPath, cliPath, 'run', '--server-root', serverRoot],
    logPath: `${serverRoot}/startup_log`,
    cwd: '/', // keeps no file system busy; the app's own directory is in the settings
  });
  process.stdout.write(`started in ${serverRoot} (pid ${pid})\n`);
  return 0;
}

function stop(serverRoot: string): Promise<number> {
  return ifRunning(
    () => send(serverRoot, 'stop'),
    () => notRunning(serverRoot, 0),
  );
}

async function send(serverRoot: string, command: 'stop' | 'restart' | 'graceful'): Promise<number> {
  await sendControl(serverRoot, command);
  return 0;
}

function notRunning(serverRoot: string, status: number): number {
  process.stdout.write(`not running in ${serverRoot}\n`);
  return status;
}
