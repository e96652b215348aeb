import { describe, expect, test } from '@jest/globals';

import {
  parseCgiRequest,
  parseEncrypted,
  parseLocalEndpoint,
  parseRemoteEndpoint,
} from '../src/cgi-request.ts';
import { cgi, type Params } from './serve.ts';

const parse = (params: Params, mountPoint = '/') =>
  parseCgiRequest(new Map(Object.entries(cgi({ HTTP_HOST: undefined, ...params }))), mountPoint);

describe('the request target', () => {
  test.each([
    ['is taken byte for byte', '/a//b/%2F%3f;x=1?q=%20&r#', '/a//b/%2F%3f;x=1?q=%20&r#'],
    ['keeps the absolute form', 'http://h:8000/p?q', 'http://h:8000/p?q'],
    ['may be an asterisk', '*', '*'],
  ])('%s', (_, uri, url) => {
    expect(parse({ REQUEST_URI: uri }).url).toBe(url);
  });

  test('is put together from its parts when there is no REQUEST_URI', () => {
    const parts = { REQUEST_URI: undefined, SCRIPT_NAME: '/app', PATH_INFO: '/x', QUERY_STRING: 'y=1' };
    expect(parse(parts).url).toBe('/app/x?y=1');
    expect(parse({ ...parts, QUERY_STRING: '' }).url).toBe('/app/x');
  });
});

describe('a mount point', () => {
  test.each([
    ['is taken off', '/app/x?y', '/x?y'],
    ['alone leaves a slash', '/app', '/'],
    ['with a slash leaves a slash', '/app/', '/'],
    ['before a query leaves a slash', '/app?x=/app/', '/?x=/app/'],
    ['is taken off the absolute form', 'http://h/app/x', 'http://h/x'],
    ['is found behind repeated slashes, as httpd does', '//app//x', '//x'],
    ['is found when its letters are escaped, as httpd does', '/%61pp/x', '/x'],
    ['is left where it is only the beginning of a name', '/apple/x', '/apple/x'],
    ['is left where it is not in front', '/x/app', '/x/app'],
    ['is left where the path cannot be decoded', '/%zz/app', '/%zz/app'],
  ])('%s', (_, uri, url) => {
    expect(parse({ REQUEST_URI: uri }, '/app').url).toBe(url);
  });

  test('of two segments is taken off as a whole', () => {
    expect(parse({ REQUEST_URI: '/a/b/c' }, '/a/b').url).toBe('/c');
    expect(parse({ REQUEST_URI: '/a/c' }, '/a/b').url).toBe('/a/c');
  });

  test('leaves the whole target and itself under the names Express reads', () => {
    expect(parse({ REQUEST_URI: '/app/x' }, '/app').mounted).toEqual({
      originalUrl: '/app/x',
      baseUrl: '/app',
    });
    expect(parse({ REQUEST_URI: '/app/x' }, '/').mounted).toBeUndefined();
  });
});

describe('headers', () => {
  test.each<[string, Params, string[]]>([
    ['get their dashes and capitals back', { HTTP_X_FORWARDED_FOR: '::1' }, ['X-Forwarded-For', '::1']],
    ['may be empty', { HTTP_X_EMPTY: '' }, ['X-Empty', '']],
    ['include the type of the content', { CONTENT_TYPE: 'text/plain' }, ['Content-Type', 'text/plain']],
    ['leave out an empty type', { CONTENT_TYPE: '' }, []],
    ['include the length of the content', { CONTENT_LENGTH: '3' }, ['Content-Length', '3']],
    ['leave out an empty length', { CONTENT_LENGTH: '' }, []],
    ['leave out a second length', { HTTP_CONTENT_LENGTH: '9', HTTP_CONTENT_TYPE: 'x/y' }, []],
    ['leave out Proxy', { HTTP_PROXY: 'http://evil/' }, []],
    ['leave out the stamp of httpd', { HTTP_X_EXPRESS_START: 't=1' }, []],
    ['leave out what is no header', { DOCUMENT_ROOT: '/srv', HTTPS: 'on', PATH: '/bin' }, []],
    [
      'include chunks of unknown length',
      { HTTP_TRANSFER_ENCODING: 'chunked' },
      ['Transfer-Encoding', 'chunked'],
    ],
    [
      'never say two lengths',
      { HTTP_TRANSFER_ENCODING: 'chunked', CONTENT_LENGTH: '3' },
      ['Content-Length', '3'],
    ],
  ])('%s', (_, params, rawHeaders) => {
    expect(parse(params).rawHeaders).toEqual(rawHeaders);
  });

  test('are the same whether their name was met before or not, however many names there are', () => {
    const names = Array.from({ length: 1100 }, (_, index) => `HTTP_X_N${index}`);
    const params = Object.fromEntries(names.map((name) => [name, 'v']));
    expect(parse(params).rawHeaders).toEqual(parse(params).rawHeaders);
    expect(parse(params).rawHeaders).toHaveLength(2200);
  });
});

describe('the version', () => {
  test.each([
    ['HTTP/1.1', 1, 1],
    ['HTTP/1.0', 1, 0],
    ['HTTP/2.0', 2, 0],
    ['INCLUDED', 1, 1],
    [undefined, 1, 1],
  ])('of %s is read', (protocol, major, minor) => {
    const { httpVersion } = parse({ SERVER_PROTOCOL: protocol });
    expect([httpVersion.major, httpVersion.minor]).toEqual([major, minor]);
  });
});

describe('variables that make no request', () => {
  test.each<[string, Params]>([
    ['no method', { REQUEST_METHOD: undefined }],
    ['an empty method', { REQUEST_METHOD: '' }],
    ['a method that Node does not know', { REQUEST_METHOD: 'FOOBAR' }],
    ['a method in lower case', { REQUEST_METHOD: 'get' }],
    ['CONNECT', { REQUEST_METHOD: 'CONNECT', REQUEST_URI: 'x.example:443' }],
    ['a target with bytes beyond ASCII', { REQUEST_URI: '/caf\u00c3\u00a9' }],
    ['a target with a space', { REQUEST_URI: '/a b' }],
    ['no target at all', { REQUEST_URI: undefined }],
    ['a length that is no number', { CONTENT_LENGTH: '1e3' }],
    ['a negative length', { CONTENT_LENGTH: '-1' }],
    ['a length beyond counting', { CONTENT_LENGTH: '99999999999999999999' }],
  ])('are refused: %s', (_, params) => {
    expect(() => parse(params)).toThrow(expect.objectContaining({ code: 'ERR_WORKER_BAD_CGI_REQUEST' }));
  });
});

describe('the ends of the connection', () => {
  const variables = (params: Params) => new Map(Object.entries(cgi(params)));

  test('are the client and httpd', () => {
    expect(parseRemoteEndpoint(variables({}))).toEqual({ address: '192.0.2.7', family: 'IPv4', port: 40000 });
    expect(parseLocalEndpoint(variables({}))).toEqual({ address: '192.0.2.1', family: 'IPv4', port: 8000 });
  });

  test('may be IPv6', () => {
    expect(parseRemoteEndpoint(variables({ REMOTE_ADDR: '::1' })).family).toBe('IPv6');
  });

  test('are unknown when the variables are missing or no numbers', () => {
    const unknown = { address: undefined, family: undefined, port: undefined };
    expect(parseRemoteEndpoint(variables({ REMOTE_ADDR: undefined, REMOTE_PORT: 'x' }))).toEqual(unknown);
    expect(parseRemoteEndpoint(variables({ REMOTE_ADDR: '', REMOTE_PORT: '' }))).toEqual(unknown);
  });

  test('are encrypted when HTTPS is on', () => {
    expect(parseEncrypted(variables({ HTTPS: 'on' }))).toBe(true);
    expect(parseEncrypted(variables({ HTTPS: 'off' }))).toBe(false);
    expect(parseEncrypted(variables({}))).toBe(false);
  });
});
