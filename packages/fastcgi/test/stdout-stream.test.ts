import { describe, expect, test } from '@jest/globals';

import { StdoutStream } from '../src/index.ts';
import { feedings } from './feedings.ts';

const response = Buffer.from('Status: 201 Made\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n\r\nbody');

describe('StdoutStream', () => {
  test('a response is the same in every cut of its bytes', () => {
    for (const chunks of feedings(response)) {
      const stream = new StdoutStream();
      for (const chunk of chunks) stream.push(chunk);
      expect(stream.end()).toEqual({
        status: 201,
        reason: 'Made',
        headers: new Map([['set-cookie', ['a=1', 'b=2']]]),
        body: Buffer.from('\r\nbody'),
      });
    }
  });

  test('the head is there as soon as its empty line has come', () => {
    const stream = new StdoutStream();
    const headBytes = response.indexOf('\r\n\r\n') + 4;
    stream.push(response.subarray(0, headBytes - 1));
    expect(stream.head).toBeUndefined();
    stream.push(response.subarray(headBytes - 1, headBytes));
    expect(stream.head).toMatchObject({ status: 201 });
  });

  test.each(['', 'Status: 200 OK\r\n'])('STDOUT that stops inside the head after %j is refused', (text) => {
    const stream = new StdoutStream();
    stream.push(Buffer.from(text));
    expect(() => stream.end()).toThrow(expect.objectContaining({ code: 'ERR_FASTCGI_CGI_HEAD' }));
  });
});
