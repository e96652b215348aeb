import { readdirSync, readFileSync } from 'node:fs';

/** A process and its command line. */
export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** The processes whose command line or environment mentions `text`, ourselves excluded. Linux only. */
export function findProcesses(text: string): FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const command = readProcFile(`/proc/${name}/cmdline`);
      const mentions = command.includes(text) || readProcFile(`/proc/${name}/environ`).includes(text);
      return mentions ? [{ pid: Number(name), command: command.replaceAll('\0', ' ').trim() }] : [];
    });
}

function readProcFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it ended meanwhile, or belongs to somebody else
  }
}
