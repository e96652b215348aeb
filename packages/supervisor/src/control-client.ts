import { type Socket, connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import {
  type ControlCommand,
  type ControlReply,
  type ControlRequest,
  type SupervisorStatus,
} from './control-messages.ts';
import {
  CommandFailedError,
  ControlMessageError,
  SupervisorNotRunningError,
  SupervisorRunningError,
  SupervisorSilentError,
} from './errors.ts';
import { requireNotOthers } from './server-root.ts';

/** Name of the control socket in the server root. */
export const CONTROL_SOCKET = 'control.sock';

/**
 * What connecting says when nothing of ours can run there: no socket, one that its owner left behind, no directory,
 * somebody else's, or a path that is too long for a socket.
 */
const NOBODY_LISTENS = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTDIR', 'EACCES', 'EINVAL', 'ENAMETOOLONG']);

/** How long a supervisor that looks alive is given to say how it is; it waits two seconds for the bridge. */
const STATUS_MS = 3000;

/**
 * Sends a command to the supervisor of a server root and waits for it to be done; returns its answer. How long that may
 * take is for the settings of the supervisor to say: whether it answers at all is found out with `status` first.
 *
 * @throws {SupervisorNotRunningError} ERR_SUPERVISOR_NOT_RUNNING
 * @throws {SupervisorSilentError} ERR_SUPERVISOR_SILENT
 * @throws {CommandFailedError} with the code of what went wrong there
 */
export async function sendControl(
  serverRoot: string,
  request: ControlRequest | ControlCommand,
  { statusMs = STATUS_MS } = {},
): Promise<{ readonly status?: SupervisorStatus }> {
  const line = typeof request === 'string' ? { command: request } : request;
  if (line.command !== 'status') await sendControl(serverRoot, 'status', { statusMs });
  const socket = await findConnection(serverRoot);
  if (socket === undefined) throw new SupervisorNotRunningError(serverRoot);
  const silence = new SupervisorSilentError(serverRoot, statusMs);
  if (line.command === 'status') socket.setTimeout(statusMs, () => socket.destroy(silence));
  socket.end(`${JSON.stringify(line)}\n`);
  const answer = await text(socket).catch((error: unknown) => {
    if (error === silence) throw silence;
    return ''; // reset: it died with the command
  });
  const reply = parseReply(answer);
  if (reply === undefined) throw new SupervisorNotRunningError(serverRoot);
  if (!reply.ok) throw new CommandFailedError(reply.error);
  return reply;
}

/**
 * Makes sure that nothing runs in a server root. A directory of somebody else is refused before what answers there is
 * believed: the hint of our error names a program of the server root.
 *
 * @throws {SupervisorRunningError} ERR_SUPERVISOR_RUNNING, with the pid when it says so
 * @throws {ServerRootUnsafeError | ServerRootExposedError}
 */
export async function requireNotRunning(serverRoot: string): Promise<void> {
  await requireNotOthers(serverRoot);
  const socket = await findConnection(serverRoot);
  if (socket === undefined) return;
  socket.setTimeout(STATUS_MS, () => socket.destroy());
  socket.end(`${JSON.stringify({ command: 'status' })}\n`);
  const reply = parseReply(await text(socket).catch(() => '')); // alive but mute is still alive
  throw new SupervisorRunningError(serverRoot, reply?.ok === true ? reply.status?.pid : undefined);
}

/** Whether a supervisor listens in a server root. */
export async function isAnswering(serverRoot: string): Promise<boolean> {
  const socket = await findConnection(serverRoot);
  socket?.destroy();
  return socket !== undefined;
}

/** A connection to the supervisor, or undefined when none listens. */
function findConnection(serverRoot: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(join(serverRoot, CONTROL_SOCKET));
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (NOBODY_LISTENS.has(error.code ?? '')) resolve(undefined);
      else reject(error);
    });
  });
}

function parseReply(line: string): ControlReply | undefined {
  if (line === '') return undefined;
  try {
    return JSON.parse(line) as ControlReply;
  } catch {
    throw new ControlMessageError(line);
  }
}
