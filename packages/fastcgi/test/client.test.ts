import { describe, expect, test } from '@jest/globals';

import {
  ClientConnection,
  type ClientRequestOptions,
  encodeEndRequest,
  encodeRecord,
  type EndRequest,
  ManagementVariable,
  ProtocolStatus,
  RecordType,
  type ResponderRequest,
  Role,
} from '../src/index.ts';
import { feedings } from './feedings.ts';
import { connectInMemory, echo } from './memory-pair.ts';
import { RecordedOutput } from './recorded-output.ts';
import { LoggedResponder } from './request-log.ts';

/** Collects what a request hears. */
class Listener {
  stdout = '';
  stderr = '';
  readonly ends: EndRequest[] = [];
  readonly closings: (Error | undefined)[] = [];

  with(options: Partial<ClientRequestOptions> = {}): ClientRequestOptions {
    return {
      params: [],
      ...options,
      onStdout: (content) => (this.stdout += content.toString('latin1')),
      onStderr: (content) => (this.stderr += content.toString('latin1')),
      onEnd: (end) => this.ends.push(end),
      onClosed: (cause) => this.closings.push(cause),
    };
  }
}

describe('a client and a responder', () => {
  test.each([1, 3, 8, 64, Infinity])('understand each other in slices of %d bytes', (slice) => {
    const { client, isClosed } = connectInMemory(echo, { slice });
    const listener = new Listener();
    const params = { PATH_INFO: '/caf\xe9', LONG: 'x'.repeat(300) };
    client.request(listener.with({ params, keepConnection: true, stdin: Buffer.alloc(2000, 'body') }));
    expect(listener.stdout).toBe(`Status: 200 OK\r\nX-Path: /caf\xe9\r\n\r\n${'body'.repeat(500)}.`);
    expect(listener.ends).toEqual([{ appStatus: 7, protocolStatus: ProtocolStatus.RequestComplete }]);
    expect(isClosed()).toBe(false);
  });

  test('carry a body of 1 MB in both directions', () => {
    const { client } = connectInMemory(echo);
    const listener = new Listener();
    const body = Buffer.alloc(1_000_000, '0123456789abc');
    client.request(listener.with({ stdin: body }));
    expect(listener.stdout.slice(listener.stdout.indexOf('\r\n\r\n') + 4)).toBe(`${body.toString()}.`);
  });

  test('close after a request that is not kept', () => {
    const { client, isClosed } = connectInMemory(echo);
    const listener = new Listener();
    client.request(listener.with({ stdin: Buffer.alloc(0) }));
    expect(isClosed()).toBe(true);
    expect(listener).toMatchObject({ ends: [{ appStatus: 7 }], closings: [] });
  });

  test('interleave requests without mixing their bodies', () => {
    const { client } = connectInMemory(echo, { slice: 5 });
    const listeners = Array.from({ length: 20 }, () => new Listener());
    const requests = listeners.map((listener, index) =>
      client.request(listener.with({ keepConnection: true, params: { PATH_INFO: `/${index}` } })),
    );
    expect(requests.map((request) => request.id)).toEqual(requests.map((_, index) => index + 1));
    for (let round = 0; round < 10; round += 1) {
      requests.forEach((request, index) => request.writeStdin(Buffer.from(`<${index}>`)));
    }
    requests.reverse().forEach((request) => request.endStdin());
    listeners.forEach((listener, index) => {
      expect(listener.stdout).toBe(`Status: 200 OK\r\nX-Path: /${index}\r\n\r\n${`<${index}>`.repeat(10)}.`);
      expect(listener.ends).toHaveLength(1);
    });
  });

  test('interleave a FILTER and an AUTHORIZER', () => {
    const seen: string[] = [];
    const { client } = connectInMemory({
      onRequest: (request) => {
        const end = () => {
          request.end(Buffer.from(`role ${request.role}`));
        };
        request.onStdin = (chunk) => seen.push(`stdin ${chunk.toString()}`);
        request.onData = (chunk) => seen.push(`data ${chunk.toString()}`);
        request.onDataEnd = end;
        if (request.role === Role.Authorizer) end();
      },
    });
    const filtered = new Listener();
    const authorized = new Listener();
    const filter = client.request(filtered.with({ role: Role.Filter, keepConnection: true }));
    client.request(authorized.with({ role: Role.Authorizer, keepConnection: true }));
    filter.writeStdin(Buffer.from('a'));
    filter.endStdin();
    filter.writeData(Buffer.from('b'));
    filter.endData();
    expect(seen).toEqual(['stdin a', 'data b']);
    expect([filtered.stdout, authorized.stdout]).toEqual(['role 3', 'role 2']);
  });

  test('end an aborted request', () => {
    const { client } = connectInMemory(echo);
    const listener = new Listener();
    const request = client.request(listener.with({ keepConnection: true }));
    expect(request.abort()).toBe(true);
    expect(listener.stdout).toMatch(/aborted$/);
    expect(listener.ends).toEqual([{ appStatus: 1, protocolStatus: 0 }]);
    expect(request).toMatchObject({ ended: true });
    expect(request.abort()).toBe(false);
  });

  test('drop what is left of a body whose request was ended early, and reuse its id', () => {
    const requests: ResponderRequest[] = [];
    const { client } = connectInMemory({ onRequest: (request) => requests.push(request) });
    const [early, next] = [new Listener(), new Listener()];
    const request = client.request(early.with({ keepConnection: true }));
    request.writeStdin(Buffer.from('half'));
    requests[0]?.end(Buffer.from('413'));
    expect(request.writeStdin(Buffer.from('other half'))).toBe(false);
    expect(client.request(next.with({ keepConnection: true })).id).toBe(1);
    requests[1]?.end(Buffer.from('second'));
    expect([early.stdout, next.stdout]).toEqual(['413', 'second']);
  });

  test('exchange variables and types they do not know', () => {
    const values: ReadonlyMap<string, string>[] = [];
    const { client } = connectInMemory(echo, { onValues: (map) => values.push(map) });
    client.getValues([...Object.values(ManagementVariable), 'UNHEARD_OF']);
    expect(values.map((map) => [...map.keys()])).toEqual([
      ['FCGI_MAX_CONNS', 'FCGI_MAX_REQS', 'FCGI_MPXS_CONNS'],
    ]);
  });

  test('tell every request when the responder abandons one', () => {
    const requests: ResponderRequest[] = [];
    const { client } = connectInMemory({ onRequest: (request) => requests.push(request) });
    const [first, second] = [new Listener(), new Listener()];
    client.request(first.with());
    client.request(second.with());
    requests[0]?.writeStdout(Buffer.from('cut off'));
    requests[0]?.abandon();
    expect(first).toMatchObject({ stdout: 'cut off', ends: [], closings: [undefined] });
    expect(second).toMatchObject({ stdout: '', ends: [], closings: [undefined] });
  });

  test('refuse an unknown role', () => {
    const { client } = connectInMemory(echo);
    const listener = new Listener();
    client.request(listener.with({ role: 17, keepConnection: true, stdin: Buffer.from('x') }));
    expect(listener).toMatchObject({ stdout: '', ends: [{ protocolStatus: ProtocolStatus.UnknownRole }] });
  });
});

describe('ClientConnection', () => {
  const sent = (options: Partial<ClientRequestOptions> = {}, listener = new Listener()) => {
    const output = new RecordedOutput();
    const errors: Error[] = [];
    const types: number[] = [];
    const client = new ClientConnection(output, {
      onProtocolError: (error) => errors.push(error),
      onUnknownType: (type) => types.push(type),
    });
    const request = client.request(listener.with(options));
    return { output, client, request, listener, errors, types };
  };

  test('a request with its body is one write', () => {
    const { output } = sent({ params: [['A', 'b']], stdin: Buffer.from('body') });
    expect(output.writes).toHaveLength(1);
    expect(new LoggedResponder().push(output.bytes).log).toEqual([
      '1 request A=b',
      '1 stdin "body',
      '1 stdin end',
    ]);
  });

  test('variables longer than a record are split', () => {
    const { output } = sent({ params: { A: 'x'.repeat(200_000) } });
    expect(new LoggedResponder().push(output.bytes).request.params.get('A')).toHaveLength(200_000);
  });

  test('empty STDIN content is not sent, since it would end the stream', () => {
    const { output, request } = sent();
    const { length } = output.bytes;
    request.writeStdin(Buffer.alloc(0));
    expect(output.bytes).toHaveLength(length);
  });

  test('a response is the same in every cut of its bytes, padding included', () => {
    const response = Buffer.concat([
      encodeRecord(RecordType.Stdout, 1, Buffer.from('Status: 200 OK\r\n'), 7),
      encodeRecord(RecordType.Stderr, 1, Buffer.from('oops')),
      encodeRecord(RecordType.Stdout, 1, Buffer.from('\r\nbody'), 255),
      encodeRecord(RecordType.Stderr, 1),
      encodeRecord(RecordType.Stdout, 1),
      encodeEndRequest({ requestId: 1, appStatus: 2, protocolStatus: 0 }),
    ]);
    for (const chunks of feedings(response)) {
      const { client, listener } = sent();
      for (const chunk of chunks) client.push(chunk);
      expect(listener).toMatchObject({
        stdout: 'Status: 200 OK\r\n\r\nbody',
        stderr: 'oops',
        ends: [{ appStatus: 2 }],
      });
    }
  });

  test('UNKNOWN_TYPE names the type', () => {
    const { client, types } = sent();
    client.push(encodeRecord(RecordType.UnknownType, 0, Buffer.from([42, 0, 0, 0, 0, 0, 0, 0])));
    expect(types).toEqual([42]);
  });

  test.each([
    {
      what: 'STDOUT for a request that is not open',
      stray: encodeRecord(RecordType.Stdout, 2, Buffer.from('x')),
    },
    { what: 'a record that only web servers send', stray: encodeRecord(RecordType.Stdin, 1) },
    { what: 'a management record that only web servers send', stray: encodeRecord(RecordType.GetValues, 0) },
    { what: 'END_REQUEST of 7 bytes', stray: encodeRecord(RecordType.EndRequest, 1, Buffer.alloc(7)) },
    { what: 'another protocol version', stray: Buffer.from('HTTP/1.1 200 OK\r\n') },
  ])('$what destroys the connection and closes its requests', ({ stray }) => {
    const { client, output, listener, errors, request } = sent();
    client.push(stray);
    client.push(encodeRecord(RecordType.Stdout, 1, Buffer.from('late')));
    client.closed();
    expect(errors).toMatchObject([{ code: 'ERR_FASTCGI_PROTOCOL' }]);
    expect(listener).toMatchObject({ stdout: '', closings: [errors[0]] });
    expect(output.state).toBe('destroyed');
    expect(request.ended).toBe(true);
  });

  test('bytes after END_REQUEST reach nobody', () => {
    const { client, listener, output } = sent({ keepConnection: true });
    client.push(encodeEndRequest({ requestId: 1, appStatus: 0, protocolStatus: 0 }));
    client.push(encodeRecord(RecordType.Stdout, 1, Buffer.from('of another')));
    expect(listener.stdout).toBe('');
    expect(output.state).toBe('destroyed');
  });

  test('a handler that throws destroys the connection and the error is thrown', () => {
    const { client, output, errors } = sent();
    client.request({
      params: [],
      onStdout: () => {
        throw new Error('the owner has a bug');
      },
    });
    expect(() => {
      client.push(encodeRecord(RecordType.Stdout, 2, Buffer.from('x')));
    }).toThrow('the owner has a bug');
    expect(output.state).toBe('destroyed');
    expect(errors).toEqual([]);
  });
});
