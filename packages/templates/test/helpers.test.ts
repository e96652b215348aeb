import { describe, expect, test } from '@jest/globals';

import * as helpers from '../src/helpers.ts';

const { quote, literalPattern, regex, substitution, rewriteText, urlName, shell, tokenizable, comment } =
  helpers;

/** helper · value · text. What httpd makes of it is tried in serve-paths.test.ts and serve-logs.test.ts. */
const table: [string, (value: unknown) => string, string, string][] = [
  ['quote', quote, 'a b', '"a b"'],
  ['quote', quote, '', '""'],
  ['quote', quote, 'a"b', '"a\\"b"'],
  ['quote', quote, "a'b", `"a'b"`],
  ['quote', quote, 'a\\', '"a\\\\"'],
  ['quote', quote, 'a\\"b', '"a\\\\\\"b"'],
  ['quote', quote, 'x"\\" Include /etc/passwd', '"x\\"\\\\\\" Include /etc/passwd"'],
  ['quote', quote, '$HOME', '"$HOME"'],
  ['quote', quote, '${HOME}', '"${express_dollar}{HOME}"'],
  ['quote', quote, '$${HOME}', '"$${express_dollar}{HOME}"'],
  ['quote', quote, '${express_dollar}', '"${express_dollar}{express_dollar}"'],
  ['quote', quote, '%{HTTP_HOST}', '"%{HTTP_HOST}"'],
  ['quote', quote, '#x <y> -z ☃', '"#x <y> -z ☃"'],
  ['literalPattern', literalPattern, 'a\\b', '"a\\\\b"'],
  ['literalPattern', literalPattern, 'a*b', '"a[*]b"'],
  ['literalPattern', literalPattern, 'a?b[c]', '"a[?]b[[]c]"'],
  ['literalPattern', literalPattern, 'a*\\', '"a[*]\\\\\\\\"'],
  ['regex', regex, '/a.b', '/a\\x2eb'],
  ['regex', regex, '/a"b c$\\', '/a\\x22b\\x20c\\x24\\x5c'],
  ['regex', regex, '/${HOME}', '/\\x24\\x7bHOME\\x7d'],
  ['regex', regex, '/ä☃💥', '/ä☃💥'],
  ['substitution', substitution, '$1 \\ ${HOME} &', '"\\\\$1 \\\\\\\\ \\\\${express_dollar}{HOME} &"'],
  ['rewriteText', rewriteText, 'a b', 'a\\ b'],
  ['rewriteText', rewriteText, '%{HTTP_HOST}$1', '\\%{HTTP_HOST}\\$1'],
  ['rewriteText', rewriteText, '${HOME}', '\\${express_dollar}{HOME}'],
  ['rewriteText', rewriteText, `"'`, `\\"\\'`],
  ['urlName', urlName, '50%?#.html', '"50%25%3F%23.html"'],
  ['shell', shell, "it's", "'it'\\''s'"],
  ['shell', shell, '$(id) `id` "', `'$(id) \`id\` "'`],
  ['tokenizable', tokenizable, "echo 'a b'", `"echo 'a b'"`],
  ['tokenizable', tokenizable, `echo "it"\\'`, `"echo \\"it\\"\\\\'"`],
  ['comment', comment, 'two\nlines', 'two?lines'],
  ['comment', comment, 'joined \\', 'joined \\ '],
];

test.each(table)('%s %#: %3$s', (_, helper, value, text) => {
  expect(helper(value)).toBe(text);
});

const quoting = Object.entries(helpers).filter(([name]) => name !== 'comment');

describe.each(quoting)('%s', (_, helper) => {
  test.each([
    ['NUL', 'a\0b'],
    ['a line feed', 'a\nb'],
    ['a carriage return', 'a\rb'],
    ['a tab', 'a\tb'],
    ['an escape', 'a\x1bb'],
    ['a delete', 'a\x7fb'],
  ])('refuses %s', (_name, value) => {
    expect(() => helper(value)).toThrow(expect.objectContaining({ code: 'ERR_TEMPLATES_UNUSABLE_VALUE' }));
  });

  test.each([undefined, null, 1, {}])('reports %p as a bug', (value) => {
    expect(() => helper(value)).toThrow('This is a bug');
  });
});
