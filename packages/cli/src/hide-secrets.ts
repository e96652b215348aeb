import { HIDDEN, type OptionTable, parseFlags } from './option-spec.ts';

/** The arguments as `ps` may show them: without the second values of secret options, `--env NAME VALUE`. */
export function hideSecrets(argv: readonly string[], table: OptionTable): string[] {
  const names = Object.values(table)
    .filter((spec) => spec.secret === true)
    .map((spec) => `--${parseFlags(spec).name}`);
  const shown = [...argv];
  for (const [index, argument] of argv.entries()) {
    const name = names.find((each) => argument === each || argument.startsWith(`${each}=`));
    if (name === undefined) continue;
    const at = index + (argument === name ? 2 : 1);
    if (at < shown.length) shown[at] = HIDDEN;
  }
  return shown;
}

/**
 * Rewrites our own line of `ps`. Only what fits into the room of the original is kept, which a shorter one does.
 * Nothing is rewritten where there is nothing to hide: tools that look for a command find it as it was typed.
 */
export function hideFromProcessList(argv: readonly string[], table: OptionTable): void {
  const shown = hideSecrets(argv, table);
  if (shown.some((argument, index) => argument !== argv[index]))
    process.title = [process.argv0, process.argv[1] ?? '', ...shown].join(' ');
}
