import { UnusableValueError } from './errors.ts';

/**
 * The injection boundary: one quoting function per context a value can land in. What each context expands was tried
 * on httpd 2.4.71; `test/serve-paths.test.ts` and `test/serve-logs.test.ts` try it again on the httpd at hand.
 */

/** A value as one argument of a directive: spaces, quotes, `%`, `$`, `${…}`, backslashes and non-ASCII text survive. */
export function quote(value: unknown): string {
  // httpd unescapes \\ and \" between quotes, after it has expanded ${NAME}.
  return `"${withoutExpansion(plainText(value).replace(/["\\]/g, '\\$&'))}"`;
}

/** A path or name as the argument of <Directory>, <Files> or Include, where httpd takes `*`, `?` and `[` for a pattern. */
export function literalPattern(value: unknown): string {
  const text = plainText(value);
  // A backslash escapes only where httpd sees a pattern, and an escaped wildcard alone does not make one: hence [*].
  return quote(/[*?[]/.test(text) ? text.replace(/[*?[]/g, '[$&]').replace(/\\/g, '\\\\') : text);
}

/** Text inside a regular expression of mod_rewrite, matching itself. */
export function regex(value: unknown): string {
  // mod_rewrite has no escape for a quote between quotes, and httpd would expand ${NAME}: hex escapes meet neither.
  return plainText(value).replace(/[^\w/-]/g, (char) =>
    char > '\x7f' ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** A path as the target of AliasMatch, where `$` and backslashes have a meaning. */
export function substitution(value: unknown): string {
  return quote(plainText(value).replace(/[\\$]/g, '\\$&'));
}

/** A percent-encoded path in a substitution or a flag of RewriteRule, where `%` and `$` have a meaning. */
export function rewriteEncoded(value: unknown): string {
  return plainText(value).replace(/[$%]/g, '\\$&');
}

/** Text in an unquoted TestString of RewriteCond, where `%`, `$` and backslashes have a meaning. */
export function rewriteText(value: unknown): string {
  return withoutExpansion(plainText(value).replace(/[\\$%\s"']/g, '\\$&'));
}

/** A file name as mod_dir reads it: a relative URL. */
export function urlName(value: unknown): string {
  return quote(plainText(value).replace(/[%?#]/g, encodeURIComponent));
}

/** A value as one word of a POSIX shell. */
export function shell(value: unknown): string {
  return `'${plainText(value).replaceAll("'", "'\\''")}'`;
}

/**
 * A command as httpd takes it for a piped log: one token, of which apr_tokenize_to_argv (apr 1.7) takes the quotes and
 * backslashes off before a shell sees it. The command does not end with a backslash, which would hide the last quote.
 */
export function tokenizable(command: unknown): string {
  return `"${plainText(command).replace(/["\\]/g, '\\$&')}"`;
}

/** Text in a comment line, of which it cannot escape: httpd joins a line that ends with a backslash with the next. */
export function comment(value: unknown): string {
  return asString(value)
    .replace(/[\x00-\x1f\x7f]/g, '?')
    .replace(/\\$/, '\\ ');
}

/** `${NAME}` is replaced before quotes are looked at and cannot be escaped; the definition of `$` is not looked at twice. */
function withoutExpansion(text: string): string {
  return text.replaceAll('${', '${express_dollar}{');
}

function plainText(value: unknown): string {
  const text = asString(value);
  if (/[\x00-\x1f\x7f]/.test(text)) {
    throw new UnusableValueError('a value in a configuration file', text, 'text without control characters');
  }
  return text;
}

function asString(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new Error(`a template was given ${String(value)} where it needs text. This is a bug.`);
}
