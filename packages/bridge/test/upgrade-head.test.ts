import { describe, expect, test } from '@jest/globals';

import { parseUpgradeHead } from '../src/upgrade-head.ts';

function headOf(request: string, connection: string, ...others: string[]): string {
  const stamps = [`X-Express-Request: ${request}`, `x-express-connection: ${connection}`];
  return ['GET /constant HTTP/1.1', 'Host: x:1', ...stamps, 'X-Express-Start: t=1', ...others, '', ''].join(
    '\r\n',
  );
}

describe('the head of a request for an upgrade', () => {
  test('is put together from the stamps of httpd, which do not stay', () => {
    const head = parseUpgradeHead(
      headOf('GET /a%2Fb?x=\xa0 HTTP/1.1', '192.0.2.7 4711 10.0.0.1 443 on', 'Upgrade: websocket'),
    );
    expect(head).toEqual({
      method: 'GET',
      target: '/a%2Fb?x=\xa0',
      text: 'GET /a%2Fb?x=\xa0 HTTP/1.1\r\nHost: x:1\r\nUpgrade: websocket\r\n\r\n',
      variables: {
        REMOTE_ADDR: '192.0.2.7',
        REMOTE_PORT: '4711',
        SERVER_ADDR: '10.0.0.1',
        SERVER_PORT: '443',
        HTTPS: 'on',
      },
    });
  });

  test('says nothing of TLS without it', () => {
    expect(parseUpgradeHead(headOf('GET / HTTP/1.1', '::1 1 ::1 80 '))?.variables).not.toHaveProperty(
      'HTTPS',
    );
  });

  test('is HTTP/1.1 to the app, whatever the client speaks with httpd', () => {
    expect(parseUpgradeHead(headOf('GET / HTTP/2.0', '::1 1 ::1 80 '))?.text).toMatch(
      /^GET \/ HTTP\/1\.1\r\n/,
    );
  });

  test.each([
    ['without stamps', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['with a request line of other words', headOf('GET /a b HTTP/1.1', '::1 1 ::1 80 ')],
    ['with an empty request line', headOf('', '::1 1 ::1 80 ')],
  ])('is refused %s', (_, text) => {
    expect(parseUpgradeHead(text)).toBeUndefined();
  });
});
