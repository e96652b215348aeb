import { describe, expect, test } from '@jest/globals';

import { createForwardedReader } from '../src/trusted-proxy.ts';

const proxies = ['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'];

/** What is read of a request from `peer` that carries these headers, where the headers in `trusted` are. */
function read(trusted: readonly string[], headers: Record<string, string>, peer = '10.0.0.1') {
  const variables = new Map<string, string>([
    ['REMOTE_ADDR', peer],
    ['REMOTE_PORT', '4711'],
    ['HTTP_HOST', 'inside'],
    ['SERVER_PORT', '8000'],
    ['HTTP_COOKIE', 'kept'],
  ]);
  for (const [name, value] of Object.entries(headers))
    variables.set(`HTTP_${name.toUpperCase().replaceAll('-', '_')}`, value);
  return createForwardedReader({ proxies, headers: trusted })(variables);
}

test('without settings a request is what it is', () => {
  const variables = new Map([['HTTP_X_FORWARDED_FOR', '1.2.3.4']]);
  expect(createForwardedReader(undefined)(variables)).toEqual({ variables, prefix: '' });
});

describe('X-Forwarded-For of a trusted proxy', () => {
  test.each([
    ['one client', '203.0.113.9', '203.0.113.9', '203.0.113.9'],
    ['a client that wrote something itself', '1.1.1.1, 203.0.113.9', '203.0.113.9', '203.0.113.9'],
    [
      'further trusted proxies',
      '203.0.113.9, 10.1.1.1, 192.0.2.1',
      '203.0.113.9',
      '203.0.113.9, 10.1.1.1, 192.0.2.1',
    ],
    ['trusted proxies alone', '10.1.1.1, 10.2.2.2', '10.1.1.1', '10.1.1.1, 10.2.2.2'],
    ['empty items', ', 203.0.113.9, ,', '203.0.113.9', '203.0.113.9'],
    ['rubbish behind a trusted proxy', '1.1.1.1, unknown, 10.1.1.1', '10.1.1.1', '10.1.1.1'],
    ['IPv6', '2a00::1, 2001:db8::2', '2a00::1', '2a00::1, 2001:db8::2'],
    ['ports', '203.0.113.9:80, [2001:db8::2]:443', '203.0.113.9', '203.0.113.9, 2001:db8::2'],
  ])('names %s', (_, value, address, header) => {
    const { variables } = read(['X-Forwarded-For'], { 'X-Forwarded-For': value });
    expect(variables.get('REMOTE_ADDR')).toBe(address);
    expect(variables.get('HTTP_X_FORWARDED_FOR')).toBe(header);
    expect(variables.has('REMOTE_PORT')).toBe(false);
  });

  test.each(['', 'unknown', '1.2.3.4, <script>'])('that is %j changes nothing', (value) => {
    const { variables } = read(['X-Forwarded-For'], { 'X-Forwarded-For': value });
    expect(variables.get('REMOTE_ADDR')).toBe('10.0.0.1');
    expect(variables.get('REMOTE_PORT')).toBe('4711');
  });
});

describe('the scheme', () => {
  test.each([
    ['X-Forwarded-Proto', 'https', 'on'],
    ['X-Forwarded-Proto', 'HTTPS', 'on'],
    ['X-Forwarded-Proto', 'https, http', undefined],
    ['X-Forwarded-Proto', 'gopher', undefined],
    ['X-Scheme', 'https', 'on'],
    ['X-Forwarded-SSL', 'on', 'on'],
    ['X-HTTPS', '1', 'on'],
    ['X-Forwarded-HTTPS', 'off', undefined],
  ])('is read from %s: %s', (header, value, https) => {
    expect(read([header], { [header]: value }).variables.get('HTTPS')).toBe(https);
  });

  test('of the proxy is stronger than that of the connection to it', () => {
    const variables = new Map([
      ['REMOTE_ADDR', '10.0.0.1'],
      ['HTTPS', 'on'],
      ['HTTP_X_FORWARDED_PROTO', 'http'],
    ]);
    const reader = createForwardedReader({ proxies, headers: ['X-Forwarded-Proto'] });
    expect(reader(variables).variables.has('HTTPS')).toBe(false);
  });
});

test('host, port, server name and prefix are taken over', () => {
  const forwarded = read(
    ['X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Server', 'X-Forwarded-Prefix'],
    {
      'X-Forwarded-Host': 'www.example.com:8443',
      'X-Forwarded-Port': '8443',
      'X-Forwarded-Server': 'www.example.com',
      'X-Forwarded-Prefix': '/shop/',
    },
  );
  expect(Object.fromEntries(forwarded.variables)).toMatchObject({
    HTTP_HOST: 'www.example.com:8443',
    SERVER_PORT: '8443',
    SERVER_NAME: 'www.example.com',
  });
  expect(forwarded.prefix).toBe('/shop');
});

test.each([
  ['X-Forwarded-Host', 'evil.example/path'],
  ['X-Forwarded-Port', '99999'],
  ['X-Forwarded-Prefix', 'no-slash'],
  ['X-Forwarded-Prefix', '//evil.example'],
])('%s: %s makes no sense and changes nothing', (header, value) => {
  const { variables, prefix } = read([header], { [header]: value });
  expect([variables.get('HTTP_HOST'), variables.get('SERVER_PORT'), prefix]).toEqual(['inside', '8000', '']);
});

test('nothing is believed of anybody else, and none of the headers reaches the app', () => {
  const { variables, prefix } = read(
    ['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Prefix'],
    {
      'X-Forwarded-For': '1.2.3.4',
      'X-Real-IP': '1.2.3.4',
      'X-Forwarded-Proto': 'https',
      'X-HTTPS': 'on',
      'X-Script-Name': '/x',
      'X-Forwarded-Prefix': '/x',
    },
    '203.0.113.66',
  );
  expect([...variables.keys()]).toEqual([
    'REMOTE_ADDR',
    'REMOTE_PORT',
    'HTTP_HOST',
    'SERVER_PORT',
    'HTTP_COOKIE',
  ]);
  expect([variables.get('REMOTE_ADDR'), prefix]).toEqual(['203.0.113.66', '']);
});

test('headers that mean the same as a trusted one are dropped, those of other kinds are kept', () => {
  const { variables } = read(['X-Forwarded-For'], {
    'X-Forwarded-For': '203.0.113.9',
    'X-Real-IP': '6.6.6.6',
    'X-Forwarded-Proto': 'https',
  });
  expect(variables.has('HTTP_X_REAL_IP')).toBe(false);
  expect(variables.get('HTTP_X_FORWARDED_PROTO')).toBe('https');
  expect(variables.has('HTTPS')).toBe(false);
});

test('the header named last wins', () => {
  const headers = { 'X-Real-IP': '203.0.113.1', 'X-Client-IP': '203.0.113.2' };
  expect(read(['X-Real-IP', 'X-Client-IP'], headers).variables.get('REMOTE_ADDR')).toBe('203.0.113.2');
  expect(read(['X-Client-IP', 'X-Real-IP'], headers).variables.get('REMOTE_ADDR')).toBe('203.0.113.1');
});
