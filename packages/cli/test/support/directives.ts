/** What httpd makes of a configuration: directives and their arguments, as values. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { HARMLESS, findHttpd } from './hostile-places.ts';

/** A directive and its arguments, without the quotes and backslashes by which they were written. */
export type Directive = readonly string[];

/** The directives httpd reads from a file, in any order: some are sorted by values of the user. */
export function readDirectives(file: string): Directive[] {
  const { program = '', modules = '' } = findHttpd() ?? {};
  const info = ['-C', `LoadModule info_module ${path.join(modules, 'mod_info.so')}`];
  const { status, stdout, stderr } = spawnSync(program, ['-t', '-DDUMP_CONFIG', ...info, '-f', file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`httpd refuses ${file}:\n${stderr}`);
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(toDirective);
}

function toDirective(line: string): Directive {
  const [, name = '', rest = ''] =
    /^(<?\/?\w+)\s*(.*)$/.exec(line.startsWith('<') ? line.replace(/>$/, '') : line) ?? [];
  return [name, ...toArguments(rest, name.startsWith('Rewrite'))];
}

/** Rules as in ap_getword_conf; mod_rewrite has words of its own, in which backslashes stay. httpd 2.4. */
function toArguments(text: string, isRewrite: boolean): string[] {
  const words = text.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?:[^\s\\]|\\.)+|\\$/g) ?? [];
  return words.map((word) => {
    const quote = /^["']/.exec(word)?.[0];
    const inner = quote !== undefined && word.endsWith(quote) ? word.slice(1, -1) : word;
    return isRewrite ? inner : inner.replace(/\\(["'\\])/g, '$1');
  });
}

/**
 * The command that a shell is given of a piped log, `|$…`: its tokens, without quotes and backslashes, with spaces between
 * them. Rules as in apr_tokenize_to_argv and apr_proc_create, apr 1.7.
 */
export function toShellCommand(target: string): string {
  const escaped = String.raw`\\[ \t"']`;
  const token = new RegExp(
    `[ \\t]*(?:"((?:${escaped}|[^"])*)"?|'((?:${escaped}|[^'])*)'?|((?:${escaped}|[^ \\t])+))`,
    'g',
  );
  return [...target.slice(2).matchAll(token)]
    .map(([, double, single, bare]) => (double ?? single ?? bare ?? '').replace(/\\(.?)/gs, '$1'))
    .join(' ');
}

/** The ways in which a value is written where a part of it would have a meaning. */
const writings: readonly ((text: string) => string)[] = [
  (text) => text,
  // <Directory>, <Files>
  (text) => text.replace(/[*?[]/g, '[$&]').replace(/\\/g, '\\\\'),
  (text) => text.replace(/[*?[]/g, '[$&]'),
  // the target of AliasMatch; a RewriteCond's text
  (text) => text.replace(/[\\$]/g, '\\$&'),
  (text) => text.replace(/[\\$%\s"']/g, '\\$&'),
  // a pattern of RewriteRule
  toPattern,
  // URLs
  (text) => text.replace(/[%?#]/g, encodeURIComponent),
  (text) => text.replaceAll(' ', '%20'),
  toUrl,
  (text) => toUrl(text).replace(/[$%]/g, '\\$&'),
  (text) => toPattern(toUrl(text)),
  // --server-alias, in which * and ? have the meaning they have
  (text) => text.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.'),
  // a word of a shell
  (text) => text.replaceAll("'", "'\\''"),
  // the same in the command of a piped log
  (text) => text.replaceAll("'", "'\\''").replace(/["\\]/g, '\\$&'),
];

/** A value with the harmless name in the place of every writing of `text`. */
export function toHarmless(value: string, text: string): string {
  const all = [...new Set(writings.map((write) => write(text)))].sort((a, b) => b.length - a.length);
  return all.reduce((changed, written) => changed.replaceAll(written, HARMLESS), value);
}

function toPattern(text: string): string {
  return text.replace(/[^\w/-]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function toUrl(text: string): string {
  return encodeURI(text).replace(/[,;'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
}
