/** The only file that reads argv and exits. */
import './first-process.ts';
import { version } from './version.ts';

const argv = process.argv.slice(2);

// Answered before anything else is loaded: tools ask for it often.
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  // A note that nobody can read, because the disk is full or the reader went away, must not end what it is about.
  process.stderr.on('error', () => undefined);
  const { runCommandLine } = await import('./run-command-line.ts');
  process.exit(await runCommandLine(argv));
}
