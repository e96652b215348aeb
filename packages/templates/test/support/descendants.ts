import { readFileSync, readdirSync } from 'node:fs';

/** Which of the processes that a process has started, and of those that these have, run a file of that name. Linux. */
export function descendants(pid: number, name: string): number[] {
  return childrenOf(pid).flatMap((child) => [
    ...(read(`/proc/${child}/comm`).trim() === name ? [child] : []),
    ...descendants(child, name),
  ]);
}

function childrenOf(pid: number): number[] {
  const threads = ifItLives(() => readdirSync(`/proc/${pid}/task`), []);
  return threads.flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

function read(file: string): string {
  return ifItLives(() => readFileSync(file, 'utf8'), '');
}

function ifItLives<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return otherwise;
    throw error;
  }
}
