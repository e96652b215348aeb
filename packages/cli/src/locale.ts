/** A UTF-8 locale that the platform always has. */
const fallbackLocales: Partial<Record<NodeJS.Platform, string>> = { darwin: 'en_US.UTF-8' };

/** What systems call theirs; of longer and odder names Node 20 dies when it starts. */
const namePattern = /^[\w.@-]{1,64}$/;

/** `en_AU.UTF-8`. @throws {RangeError} whose message is what was expected */
export function localeName(raw: string): string {
  if (namePattern.test(raw)) return raw;
  throw new RangeError('the name of a locale such as en_AU.UTF-8');
}

/** The locale in effect (POSIX: LC_ALL, LC_CTYPE, LANG, the first that is set), or a UTF-8 one where that has no character set or is no name. */
export function chooseLocale(env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const current = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find(
    (value) => value !== undefined && value !== '',
  );
  const isPlain =
    current === undefined || current === 'C' || current === 'POSIX' || !namePattern.test(current);
  return isPlain ? (fallbackLocales[platform] ?? 'C.UTF-8') : current;
}
