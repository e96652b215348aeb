import { parseCommandLine } from './command-line.ts';
import { commandTable } from './command-table.ts';
import { hideFromProcessList } from './hide-secrets.ts';
import { type Command } from './invocation.ts';
import { serverOptions } from './options.ts';
import { reportError } from './report-error.ts';

/** Carries out a command line; settles with the exit status, having reported any error. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  try {
    hideFromProcessList(argv, serverOptions);
    const chosen = parseCommandLine(argv);
    if (chosen.name === 'help') return 0;
    const command: Command = await commandTable[chosen.name].load();
    return await command(chosen);
  } catch (error) {
    return reportError(error, process.stderr);
  }
}
