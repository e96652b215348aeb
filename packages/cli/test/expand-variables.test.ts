import { expect, test } from '@jest/globals';

import { escapeVariables, expandVariables } from '../src/expand-variables.ts';

const env = { PORT: '8080', EMPTY: '', NESTED: '${PORT}' };

test.each([
  ['${PORT}', '8080'],
  ['--port=${PORT}', '--port=8080'],
  ['${PORT}${EMPTY}.${PORT}', '8080.8080'],
  ['${NESTED}', '${PORT}'],
  ['$${PORT}', '${PORT}'],
  ['$$${PORT}', '$${PORT}'],
  ['$PORT %{PORT}e $(PORT) ${PORT:-1} ${1}', '$PORT %{PORT}e $(PORT) ${PORT:-1} ${1}'],
])('the argument %s is %s', (argument, expanded) => {
  expect(expandVariables(argument, env)).toBe(expanded);
});

test('a variable that is not set is an error that names it', () => {
  expect(() => expandVariables('secret${NOPE}', env)).toThrow(
    expect.objectContaining({ code: 'ERR_CLI_VARIABLE', message: '${NOPE}: the variable NOPE is not set' }),
  );
});

test.each(['${HOME}', 'a${B}c', '$5 %{x}', '{}'])('%s survives being escaped and expanded', (text) => {
  expect(expandVariables(escapeVariables(text), {})).toBe(text);
});
