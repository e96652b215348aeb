/** A UTF-8 locale that the platform always has. */
const fallbackLocales: Partial<Record<NodeJS.Platform, string>> = { darwin: 'en_US.UTF-8' };

/** The locale in effect (POSIX: LC_ALL, LC_CTYPE, LANG, the first that is set), or a UTF-8 one where that has no character set. */
export function chooseLocale(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const current = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  const isPlain =
    current === undefined || current === 'C' || current === 'POSIX' || /[\x00-\x1f\x7f]/.test(current);
  return isPlain ? (fallbackLocales[platform] ?? 'C.UTF-8') : current;
}
