import { expect, test } from '@jest/globals';

import { findStaticMpm, parseModules } from '../src/parse-modules.ts';

test.each(['event', 'worker', 'prefork'])(
  'a compiled-in MPM listed as %s.c is named like its module',
  (mpm) => {
    const modules = parseModules(`Compiled in modules:\n  core.c\n  mod_so.c\n  ${mpm}.c\n`) ?? [];
    expect(modules).toEqual(['core', 'so', `mpm_${mpm}`]);
    expect(findStaticMpm(modules)).toBe(mpm);
  },
);

test('modules without an MPM among them have no static MPM', () => {
  expect(findStaticMpm(['core', 'so', 'mpm_itk'])).toBeUndefined();
});

test('an empty list is a list, any other text is none', () => {
  expect(parseModules('Compiled in modules:\n')).toEqual([]);
  expect(parseModules('usage: httpd [-l]\n  core.c\n')).toBeUndefined();
});
