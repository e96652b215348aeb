import { describe, expect, test } from '@jest/globals';

import { decideAccess } from '../src/access-decision.ts';
import type { AccessScripts } from '../src/access-scripts.ts';
import { ScriptAnswerError } from '../src/errors.ts';

const authorization = `Basic ${Buffer.from('anna:secret').toString('base64')}`;
const ask = (scripts: AccessScripts, credentials: string | undefined = authorization) =>
  decideAccess(scripts, ['writers', 'admins'], {
    environ: {},
    host: '192.0.2.1',
    authorization: credentials,
  });

const yes = () => true;
const anna = { status: 200, rawUser: 'anna' };

describe('a decision about access', () => {
  test.each<[string, AccessScripts, object]>([
    ['lets a host in that may come', { allowAccess: yes }, { status: 200 }],
    ['refuses a host that may not', { allowAccess: () => Promise.resolve(false) }, { status: 403 }],
    ['lets a user in', { checkPassword: () => Promise.resolve(true) }, anna],
    ['refuses a wrong password', { checkPassword: () => false }, { status: 401 }],
    ['refuses a user there is not', { checkPassword: () => null }, { status: 401 }],
    ['lets a member in', { checkPassword: yes, groupsForUser: () => ['x', 'admins'] }, anna],
    ['refuses who is no member', { checkPassword: yes, groupsForUser: () => ['x'] }, { status: 401 }],
    ['refuses who is in no group', { checkPassword: yes, groupsForUser: () => [] }, { status: 401 }],
  ])('%s', async (_title, scripts, decision) => {
    expect(await ask(scripts)).toEqual(decision);
  });

  test('asks for a password where there is none', async () => {
    expect(await ask({ checkPassword: yes }, '')).toEqual({ status: 401 });
  });

  test('gives each script what it is asked about', async () => {
    const asked: unknown[] = [];
    await ask({
      allowAccess: (_environ, host) => asked.push(host) > 0,
      checkPassword: (_environ, user, password) => asked.push(user, password) > 0,
      groupsForUser: (_environ, user) => {
        asked.push(user);
        return ['writers'];
      },
    });

    expect(asked).toEqual(['192.0.2.1', 'anna', 'secret', 'anna']);
  });

  test('does not ask for a password who comes from a host that may not', async () => {
    const checkPassword = () => {
      throw new Error('asked');
    };

    expect(await ask({ allowAccess: () => false, checkPassword })).toEqual({ status: 403 });
  });

  test.each<[string, AccessScripts]>([
    ['1 for a host', { allowAccess: () => 1 }],
    ['nothing for a host', { allowAccess: () => undefined }],
    ['null for a host', { allowAccess: () => null }],
    ['a text for a password', { checkPassword: () => 'true' }],
    ['a text for groups', { checkPassword: yes, groupsForUser: () => 'admins' }],
    ['nothing for groups', { checkPassword: yes, groupsForUser: () => undefined }],
    ['numbers for groups', { checkPassword: yes, groupsForUser: () => [1] }],
  ])('fails where a script answers %s', async (_title, scripts) => {
    await expect(ask(scripts)).rejects.toThrow(ScriptAnswerError);
  });
});
