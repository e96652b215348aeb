import { createInterface } from 'node:readline/promises';

/** Asks a person; no, where nobody is there to ask. An empty answer is yes. */
export async function askYesNo(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-D, Ctrl-C
  const closed = new Promise<string>((resolve) => {
    terminal.once('close', () => {
      resolve('no');
    });
  });
  try {
    const answer = await Promise.race([terminal.question(`${question} [Y/n] `), closed]);
    return /^\s*(y(es)?)?\s*$/i.test(answer);
  } finally {
    terminal.close();
  }
}
