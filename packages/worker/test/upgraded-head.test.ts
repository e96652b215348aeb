import { describe, expect, test } from '@jest/globals';

import { createForwardedReader } from '../src/trusted-proxy.ts';
import { rewriteUpgradedHead } from '../src/upgraded-head.ts';

const variables = { REMOTE_ADDR: '10.0.0.1', REMOTE_PORT: '4711' };

function rewrite(head: string, { mountPoint = '/', trusts = [] as string[] } = {}) {
  const readForwarded = createForwardedReader(
    trusts.length === 0 ? undefined : { proxies: ['10.0.0.0/8'], headers: trusts },
  );
  return rewriteUpgradedHead({ head, variables }, { mountPoint, readForwarded });
}

describe('the head of a request for an upgrade', () => {
  test('reaches the app byte for byte, with what was read after it', () => {
    const head = 'GET /a%2Fb?x=%3F\xc3\xa9 HTTP/1.1\r\nHost: x:1\r\nX_Y:  a: b \r\n\r\nrest\r\n\r\n';
    expect(rewrite(head).text).toBe(head);
  });

  test('loses the mount point', () => {
    const { text } = rewrite('GET /a%70p//x?y HTTP/1.1\r\nHost: x\r\n\r\n', { mountPoint: '/app' });
    expect(text).toBe('GET //x?y HTTP/1.1\r\nHost: x\r\n\r\n');
  });

  test('is as a trusted proxy describes it', () => {
    const head =
      'GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 9.9.9.9, 192.0.2.7\r\nX-Real-IP: 8.8.8.8\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: example.com\r\n\r\n';
    const found = rewrite(head, { trusts: ['X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host'] });
    expect(Object.fromEntries(found.variables)).toMatchObject({ REMOTE_ADDR: '192.0.2.7', HTTPS: 'on' });
    expect(found.variables.has('REMOTE_PORT')).toBe(false);
    expect(found.text).toContain('\r\nHost: example.com\r\n');
    expect(found.text).not.toContain('X-Real-IP');
  });

  test('cannot name its peer in headers', () => {
    const { variables: found } = rewrite('GET / HTTP/1.1\r\nREMOTE_ADDR: 6.6.6.6\r\nHTTPS: on\r\n\r\n');
    expect(found.get('REMOTE_ADDR')).toBe('10.0.0.1');
    expect(found.has('HTTPS')).toBe(false);
  });
});
