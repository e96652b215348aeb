import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Spares a server that is being stopped the tick of its httpd: after a graceful stop the parent looks once a second
 * whether its children have ended (httpd 2.4, server/mpm/event/event.c), and a SIGTERM ends that second. It is sent when
 * no child is left, so that nothing is cut off. Linux only; elsewhere the tick is waited for.
 */
export function startSparingTick(serverRoot: string): { stop: () => void } {
  const pid = Number(read(path.join(serverRoot, 'run/httpd.pid')));
  const isOurs = (): boolean => read(`/proc/${pid}/cmdline`).includes(`${serverRoot}/httpd.conf`);
  const timer = setInterval(() => {
    if (pid > 0 && isOurs() && !hasChildren(pid)) terminate(pid);
  }, 10);
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
}

function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it ended since it was looked at
  }
}

/** Whether httpd has children that run, or may have; the programs of its logs end after it. */
function hasChildren(pid: number): boolean {
  const list = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(list)) return true;
  const program = read(`/proc/${pid}/comm`);
  const children = read(list).split(' ').filter(Boolean);
  return children.some(
    (child) => read(`/proc/${child}/comm`) === program && !/\) [ZX] /.test(read(`/proc/${child}/stat`)),
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}
