import { expect, test } from '@jest/globals';

import { findMisspelledVariables } from '../src/misspelled-variables.ts';
import { serverOptions } from '../src/options.ts';

test.each([
  ['a letter too many', 'EXPRESS_PORTS', 'EXPRESS_PORT'],
  ['a letter missing', 'EXPRESS_PROCESES', 'EXPRESS_PROCESSES'],
  ['a wrong letter', 'EXPRESS_PORR', 'EXPRESS_PORT'],
  ['two letters that changed places', 'EXPRESS_PROT', 'EXPRESS_PORT'],
  ['an underscore missing', 'EXPRESS_URLALIAS', 'EXPRESS_URL_ALIAS'],
])('%s is noticed', (_title, name, meant) => {
  expect(findMisspelledVariables({ [name]: '1' }, serverOptions)).toEqual([{ name, meant }]);
});

test('variables of options, of ours and of the app are left alone', () => {
  const names = [
    'EXPRESS_PORT',
    'EXPRESS_HTTPD_HOME',
    'EXPRESS_SERVER',
    'EXPRESS_SESSION_SECRET',
    'XEXPRESS_PORT',
    'PORT',
  ];
  const env = Object.fromEntries(names.map((name) => [name, '1']));
  expect(findMisspelledVariables(env, serverOptions)).toEqual([]);
});
