import { once } from 'node:events';
import type net from 'node:net';

import { afterEach, describe, expect, test } from '@jest/globals';

import { ProtocolStatus, type ResponderOptions, sendRequest } from '../src/index.ts';
import { echo } from './memory-pair.ts';
import { UnixResponder } from './unix-responder.ts';

let responder: UnixResponder | undefined;
const clients: net.Socket[] = [];

async function listen(options: ResponderOptions): Promise<UnixResponder> {
  responder = await UnixResponder.start(options);
  return responder;
}

function connect(to: UnixResponder): net.Socket {
  const socket = to.connect();
  clients.push(socket);
  return socket;
}

afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy();
  await responder?.stop();
  responder = undefined;
});

describe('sendRequest over a unix socket', () => {
  test('a body goes there and back, and the connection closes', async () => {
    const socket = connect(await listen(echo));
    const body = Buffer.alloc(3_000_000, '0123456789abc');
    const response = await sendRequest(socket, { params: { PATH_INFO: '/x' }, stdin: body });
    expect(response).toMatchObject({ status: 200, reason: 'OK', appStatus: 7, stderr: Buffer.alloc(0) });
    expect(response.headers.get('x-path')).toEqual(['/x']);
    expect(response.body.equals(Buffer.concat([body, Buffer.from('.')]))).toBe(true);
    if (!socket.closed) await once(socket, 'close');
  });

  test('a kept connection serves one request after another', async () => {
    const application = await listen(echo);
    const socket = connect(application);
    for (let round = 0; round < 20; round += 1) {
      const text = `body ${round}`;
      const response = await sendRequest(socket, {
        params: [],
        keepConnection: true,
        stdin: Buffer.from(text),
      });
      expect(response.body.toString()).toBe(`${text}.`);
    }
    expect(application.connectionCount).toBe(1);
    expect(socket.listenerCount('data')).toBe(0);
  });

  test('an asynchronous body is sent as it comes', async () => {
    async function* body() {
      for (let part = 0; part < 50; part += 1) yield Promise.resolve(Buffer.alloc(100_000, `${part % 10}`));
    }
    const response = await sendRequest(connect(await listen(echo)), { params: [], stdin: body() });
    expect(response.body).toHaveLength(5_000_001);
    expect(response.body.subarray(0, 100_000).equals(Buffer.alloc(100_000, '0'))).toBe(true);
    expect(response.body.subarray(-100_001, -1).equals(Buffer.alloc(100_000, '9'))).toBe(true);
  });

  test('an early response does not wait for the rest of the body', async () => {
    const application = await listen({
      onRequest: (request) => {
        request.end(Buffer.from('Status: 413\r\n\r\n'));
      },
    });
    async function* endless() {
      for (;;) yield Promise.resolve(Buffer.alloc(10_000));
    }
    const options = { params: [], keepConnection: true, stdin: endless() };
    expect(await sendRequest(connect(application), options)).toMatchObject({ status: 413 });
  });

  test('an early response is enough when the application does not read on', async () => {
    const application = await listen({
      onRequest: (request) => {
        application.pause();
        request.end(Buffer.from('Status: 413\r\n\r\n'));
      },
    });
    let isBodyLeft = false;
    async function* large() {
      try {
        yield await Promise.resolve(Buffer.alloc(10_000_000));
      } finally {
        isBodyLeft = true;
      }
    }
    const options = { params: [], keepConnection: true, stdin: large() };
    expect(await sendRequest(connect(application), options)).toMatchObject({ status: 413 });
    await new Promise(setImmediate);
    expect(isBodyLeft).toBe(true);
  });

  test('STDERR comes beside the response', async () => {
    const application = await listen({
      onRequest: (request) => {
        request.writeStderr(Buffer.from('one '));
        request.writeStdout(Buffer.from('Status: 200\r\n\r\n'));
        request.writeStderr(Buffer.from('two'));
        request.end();
      },
    });
    const response = await sendRequest(connect(application), { params: [] });
    expect(response).toMatchObject({ stderr: Buffer.from('one two'), body: Buffer.alloc(0) });
  });

  test('a connection cut before END_REQUEST is an error, however much came', async () => {
    const application = await listen({
      onRequest: (request) => {
        request.writeStdout(Buffer.from('Status: 200\r\n\r\nhalf'), () => {
          request.abandon();
        });
      },
    });
    await expect(sendRequest(connect(application), { params: [] })).rejects.toMatchObject({
      code: 'ERR_FASTCGI_CONNECTION_CLOSED',
    });
  });

  test('a connection that cannot be made is an error with its reason', async () => {
    const application = await listen(echo);
    await application.stop();
    responder = undefined;
    await expect(sendRequest(connect(application), { params: [] })).rejects.toMatchObject({
      code: 'ERR_FASTCGI_CONNECTION_CLOSED',
      cause: { code: 'ENOENT' },
    });
  });

  test('a refusal is an error with its protocolStatus', async () => {
    const sent = sendRequest(connect(await listen(echo)), { params: [], role: 99 });
    await expect(sent).rejects.toMatchObject({
      code: 'ERR_FASTCGI_REQUEST_REFUSED',
      protocolStatus: ProtocolStatus.UnknownRole,
    });
  });

  test('a response without a CGI head is an error', async () => {
    const application = await listen({
      onRequest: (request) => {
        request.end(Buffer.from('<html>\n\n'));
      },
    });
    await expect(sendRequest(connect(application), { params: [] })).rejects.toMatchObject({
      code: 'ERR_FASTCGI_CGI_HEAD',
    });
  });

  test('a body that fails is that error, and aborts the request', async () => {
    let onAborted: () => void;
    const aborted = new Promise<void>((resolve) => (onAborted = resolve));
    const application = await listen({
      onRequest: (request) => {
        request.onAbort = onAborted;
      },
    });
    async function* failing() {
      yield await Promise.resolve(Buffer.from('half'));
      throw new Error('the file is gone');
    }
    const sent = sendRequest(connect(application), { params: [], keepConnection: true, stdin: failing() });
    await expect(sent).rejects.toThrow('the file is gone');
    await aborted;
  });
});
