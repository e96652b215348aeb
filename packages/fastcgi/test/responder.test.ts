import { describe, expect, test } from '@jest/globals';

import {
  decodeEndRequest,
  decodeNameValues,
  encodeNameValues,
  encodeRecord,
  MAX_PARAMS_BYTES,
  ProtocolStatus,
  RecordType,
  Role,
} from '../src/index.ts';
import { feedings } from './feedings.ts';
import { abort, begin, data, LoggedResponder, params, stdin } from './request-log.ts';

const head = Buffer.from('Status: 200 OK\r\n\r\n');
const post = Buffer.concat([begin(1), params(1, [['A', 'b']]), stdin(1, 'body'), stdin(1)]);
const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** What END_REQUEST records say, as `id appStatus protocolStatus`. */
function endings(responder: LoggedResponder): string[] {
  return responder.output.records
    .filter((record) => record.type === RecordType.EndRequest)
    .map((record) => {
      const end = decodeEndRequest(latin1(record.content));
      return `${record.requestId} ${end.appStatus} ${end.protocolStatus}`;
    });
}

describe('a request', () => {
  test('is the same in every cut of its bytes', () => {
    const message = Buffer.concat([
      begin(1, { role: Role.Filter }),
      encodeRecord(RecordType.Params, 1, encodeNameValues([['SCRIPT_NAME', '/a']]), 5),
      begin(2),
      params(1, [['LONG', 'x'.repeat(200)]]),
      stdin(1, 'one'),
      params(2, [['B', '2']]),
      stdin(2, 'two'),
      stdin(1),
      stdin(2),
      data(1, 'data'),
      data(1),
    ]);
    for (const chunks of feedings(message)) {
      expect(new LoggedResponder().push(...chunks).log).toEqual([
        `1 request SCRIPT_NAME=/a&LONG=${'x'.repeat(200)}`,
        '1 stdin "one',
        '2 request B=2',
        '2 stdin "two',
        '1 stdin end',
        '2 stdin end',
        '1 data "data',
        '1 data end',
      ]);
    }
  });

  test('is announced when PARAMS is complete, not before', () => {
    const responder = new LoggedResponder().push(begin(1), params(1, [['A', 'b']]).subarray(0, -1));
    expect(responder.log).toEqual([]);
    responder.push(params(1).subarray(-1));
    expect(responder.log).toEqual(['1 request A=b']);
  });

  test('carries its id, role and whether the connection is kept', () => {
    const responder = new LoggedResponder().push(
      begin(0xfffe, { role: Role.Authorizer, keepConnection: false }),
    );
    responder.push(params(0xfffe));
    expect(responder.request).toMatchObject({
      id: 0xfffe,
      role: Role.Authorizer,
      keepConnection: false,
      ended: false,
    });
    expect(responder.request.params.size).toBe(0);
  });

  test('has the last of repeated variables', () => {
    const pairs = [
      ['A', '1'],
      ['A', '2'],
    ] as const;
    expect(new LoggedResponder().push(begin(1), params(1, pairs)).request.params.get('A')).toBe('2');
  });

  test('may spread PARAMS over records of one byte, which are never written to', () => {
    const pairs = [['NAME', 'value'.repeat(50)]] as const;
    const bytes = encodeNameValues(pairs);
    const chunk = Buffer.concat([
      begin(1),
      ...[...bytes].map((byte) => encodeRecord(4, 1, Buffer.from([byte]))),
      params(1),
    ]);
    const before = Buffer.from(chunk);
    expect(new Map(new LoggedResponder().push(chunk).request.params)).toEqual(new Map(pairs));
    expect(chunk).toEqual(before);
  });

  test('may have PARAMS of exactly the limit', () => {
    const value = Buffer.alloc(MAX_PARAMS_BYTES - 6, 'v');
    const bytes = encodeNameValues([['A', value]]);
    expect(bytes).toHaveLength(MAX_PARAMS_BYTES);
    const records = [];
    for (let start = 0; start < bytes.length; start += 65_535) {
      records.push(encodeRecord(RecordType.Params, 1, bytes.subarray(start, start + 65_535)));
    }
    const responder = new LoggedResponder().push(begin(1), ...records, params(1));
    expect(responder.request.params.get('A')).toBe(value.toString());
  });

  test('without handlers loses its streams and nothing else', () => {
    const responder = new LoggedResponder({}, (request) => {
      request.onStdin = request.onStdinEnd = request.onAbort = undefined;
    });
    responder.push(post, abort(1));
    responder.request.end(head);
    expect(endings(responder)).toEqual(['1 0 0']);
  });
});

describe('a response', () => {
  const answered = (write: (responder: LoggedResponder) => void) => {
    const responder = new LoggedResponder().push(post);
    write(responder);
    return responder;
  };

  test('given to end is one write of STDOUT and END_REQUEST', () => {
    const { output } = answered(({ request }) => {
      request.end(head, 3);
    });
    expect(output.writes).toHaveLength(1);
    expect(output.records).toMatchObject([
      { type: RecordType.Stdout, requestId: 1, content: head.toString() },
      { type: RecordType.EndRequest, requestId: 1, content: '\0\0\0\x03\0\0\0\0' },
    ]);
  });

  test.each([0, 1, 16_384, 16_385, 65_535, 65_536, 200_000])('of %i bytes arrives whole', (length) => {
    const body = Buffer.alloc(length, '0123456');
    const { output } = answered(({ request }) => {
      request.writeStdout(body);
      request.end(body);
    });
    const stdout = output.records.filter((record) => record.type === RecordType.Stdout);
    expect(stdout.map((record) => record.content).join('')).toBe(body.toString('latin1').repeat(2));
    expect(stdout.every((record) => record.content.length > 0)).toBe(true);
    expect(output.records.at(-1)?.type).toBe(RecordType.EndRequest);
  });

  test('of several large records leaves corked, its content uncopied', () => {
    const calls: string[] = [];
    const body = Buffer.alloc(100_000);
    const responder = new LoggedResponder().push(post);
    Object.assign(responder.output, {
      cork: () => calls.push('cork'),
      uncork: () => calls.push('uncork'),
      write: (bytes: Buffer, callback?: () => void) => {
        calls.push(bytes.buffer === body.buffer ? 'body' : `${bytes.length} bytes`);
        callback?.();
        return true;
      },
    });
    responder.request.writeStdout(body, () => calls.push('callback'));
    responder.request.end(body);
    const records = ['8 bytes', 'body', '8 bytes', 'body'];
    expect(calls).toEqual([
      'cork',
      ...records,
      'callback',
      'uncork',
      'cork',
      ...records,
      '16 bytes',
      'uncork',
    ]);
  });

  test('reports back-pressure and calls back once per write', () => {
    let calls = 0;
    const responder = answered(({ output }) => (output.isBelowMark = false));
    expect(responder.request.writeStdout(head, () => (calls += 1))).toBe(false);
    expect(responder.request.writeStdout(Buffer.alloc(0), () => (calls += 1))).toBe(false);
    expect(responder.request.writeStderr(head)).toBe(false);
    responder.output.isBelowMark = true;
    expect(responder.request.writeStdout(Buffer.alloc(70_000), () => (calls += 1))).toBe(true);
    expect(calls).toBe(3);
  });

  test('with an empty STDOUT write sends no record, which would end the stream', () => {
    expect(answered(({ request }) => request.writeStdout(Buffer.alloc(0))).output.bytes).toHaveLength(0);
  });

  test('can send STDERR, and an empty STDERR record to be kept alive', () => {
    const { output } = answered(({ request }) => {
      request.writeStderr(Buffer.from('oops'));
      request.writeStderr(Buffer.alloc(0));
    });
    expect(output.records).toMatchObject([
      { type: RecordType.Stderr, requestId: 1, content: 'oops' },
      { type: RecordType.Stderr, requestId: 1, content: '' },
    ]);
  });

  test.each([
    { what: 'STDOUT', write: ({ request }: LoggedResponder) => request.writeStdout(head) },
    { what: 'STDERR', write: ({ request }: LoggedResponder) => request.writeStderr(head) },
    {
      what: 'END_REQUEST',
      write: ({ request }: LoggedResponder) => {
        request.end();
      },
    },
  ])('is over after END_REQUEST: $what is an error of the owner and not written', ({ write }) => {
    const responder = answered(({ request }) => {
      request.end();
    });
    expect(responder.request.ended).toBe(true);
    expect(() => {
      write(responder);
    }).toThrow(expect.objectContaining({ code: 'ERR_FASTCGI_REQUEST_ENDED' }));
    expect(responder.output.bytes).toHaveLength(16);
  });
});

describe('a connection', () => {
  test('with KEEP_CONN stays open after the request', () => {
    const responder = new LoggedResponder().push(post);
    responder.request.end();
    responder.push(post);
    responder.request.end();
    expect(endings(responder)).toEqual(['1 0 0', '1 0 0']);
    expect(responder.output.state).toBe('open');
  });

  test('without KEEP_CONN ends after the last open request, and reads nothing more', () => {
    const responder = new LoggedResponder().push(
      begin(1, { keepConnection: false }),
      params(1),
      begin(2),
      params(2),
    );
    const [first, second] = responder.requests;
    first?.end();
    expect(responder.output.state).toBe('open');
    second?.end();
    expect(responder.output.state).toBe('ended');
    responder.push(begin(3), params(3), encodeRecord(99, 0));
    expect(responder.requests).toHaveLength(2);
  });

  test('ended inside onRequest drops the rest of the chunk', () => {
    const responder = new LoggedResponder({}, (request) => {
      request.end();
    });
    responder.push(Buffer.concat([begin(1, { keepConnection: false }), params(1), stdin(1, 'x'), post]));
    expect(responder.log).toEqual(['1 request ']);
    expect(responder.output.state).toBe('ended');
  });

  test('forgets what is left of a request that was ended early, for every cut', () => {
    const left = [stdin(1, 'old body'), abort(1), data(1, 'old'), params(1, [['OLD', '1']]), stdin(1)];
    const message = Buffer.concat([
      begin(1),
      params(1),
      ...left,
      begin(1),
      params(1, [['NEW', '1']]),
      stdin(1, 'new'),
    ]);
    for (const chunks of feedings(message)) {
      const responder = new LoggedResponder({}, (request) => {
        if (!request.params.has('NEW')) request.end();
      });
      responder.push(...chunks);
      expect(responder.log).toEqual(['1 request ', '1 request NEW=1', '1 stdin "new']);
      expect(responder.errors).toEqual([]);
    }
  });

  test('begins an id anew right after END_REQUEST without the end of the old STDIN', () => {
    const responder = new LoggedResponder().push(begin(1), params(1), stdin(1, 'half'));
    responder.request.end();
    responder.push(stdin(1, ' a body'), begin(1), params(1), stdin(1, 'second'), stdin(1));
    expect(responder.log).toEqual([
      '1 request ',
      '1 stdin "half',
      '1 request ',
      '1 stdin "second',
      '1 stdin end',
    ]);
  });

  test('refuses a role it does not know', () => {
    const responder = new LoggedResponder();
    responder.push(begin(1, { role: 0 }), params(1), stdin(1, 'x'), begin(2, { role: 4 }), post);
    expect(endings(responder)).toEqual([
      `1 0 ${ProtocolStatus.UnknownRole}`,
      `2 0 ${ProtocolStatus.UnknownRole}`,
    ]);
    expect(responder.log).toEqual(['1 request A=b', '1 stdin "body', '1 stdin end']);
  });

  test('ends after refusing its only request when it is not kept', () => {
    const responder = new LoggedResponder().push(begin(1, { role: 9, keepConnection: false }));
    expect(responder.output.state).toBe('ended');
    expect(endings(responder)).toHaveLength(1);
  });

  test('refuses more requests than it may have open, until one ends', () => {
    const responder = new LoggedResponder({ maxRequests: 1 }).push(begin(1), params(1), begin(2), params(2));
    expect(endings(responder)).toEqual([`2 0 ${ProtocolStatus.CantMpxConn}`]);
    responder.request.end();
    responder.push(begin(2), params(2));
    expect(responder.log).toEqual(['1 request ', '2 request ']);
  });

  test('counts requests whose PARAMS are not complete', () => {
    const responder = new LoggedResponder({ maxRequests: 1 }).push(begin(1), begin(2));
    expect(endings(responder)).toEqual([`2 0 ${ProtocolStatus.CantMpxConn}`]);
  });

  test('that closes aborts every announced request once, and writes no more', () => {
    const responder = new LoggedResponder().push(begin(1), params(1), begin(2), params(2), begin(3));
    responder.connection.closed();
    responder.connection.closed();
    expect(responder.log.slice(2)).toEqual(['1 abort', '2 abort']);
    expect(responder.request.ended).toBe(true);
    expect(responder.request.writeStdout(head)).toBe(false);
    responder.request.end(head);
    responder.request.abandon();
    responder.push(post);
    expect(responder.output).toMatchObject({ writes: [], state: 'open' });
  });

  test('is destroyed with END_REQUEST for nobody when a request is abandoned', () => {
    const responder = new LoggedResponder().push(begin(1), params(1), begin(2), params(2));
    responder.requests[0]?.writeStdout(head);
    responder.requests[0]?.abandon();
    responder.connection.closed();
    expect(responder.output.state).toBe('destroyed');
    expect(endings(responder)).toEqual([]);
    expect(responder.log.slice(2)).toEqual(['2 abort']);
  });

  test('abandoned inside a handler drops the rest of the chunk', () => {
    const responder = new LoggedResponder({}, (request) => {
      request.abandon();
    });
    responder.push(Buffer.concat([post, begin(2), params(2)]));
    expect(responder.log).toEqual(['1 request A=b']);
  });

  test('is destroyed when a handler throws, and the error is thrown', () => {
    const responder = new LoggedResponder({}, () => {
      throw new Error('the owner has a bug');
    });
    expect(() => responder.push(post)).toThrow('the owner has a bug');
    expect(responder.output.state).toBe('destroyed');
    expect(responder.errors).toEqual([]);
  });
});

describe('ABORT_REQUEST', () => {
  test('reaches the owner once, who still ends the request', () => {
    const responder = new LoggedResponder().push(begin(1), params(1), abort(1), abort(1));
    expect(responder.log).toEqual(['1 request ', '1 abort']);
    expect(responder.request.ended).toBe(false);
    responder.request.end(undefined, 1);
    expect(endings(responder)).toEqual(['1 1 0']);
  });

  test('is not repeated when the connection closes', () => {
    const responder = new LoggedResponder().push(begin(1), params(1), abort(1));
    responder.connection.closed();
    expect(responder.log).toEqual(['1 request ', '1 abort']);
    expect(responder.request.ended).toBe(true);
  });

  test('of a request that nobody has seen is answered at once', () => {
    const responder = new LoggedResponder().push(begin(1), abort(1), params(1, [['A', '1']]));
    expect(responder.log).toEqual([]);
    expect(endings(responder)).toEqual(['1 0 0']);
  });
});

describe('management records', () => {
  const ask = (names: readonly string[], responder = new LoggedResponder()) => {
    responder.push(encodeRecord(RecordType.GetValues, 0, encodeNameValues(names.map((name) => [name, '']))));
    return responder.output.records.map(({ type, requestId, content }) => ({
      type,
      requestId,
      values: Object.fromEntries(decodeNameValues(latin1(content))),
    }));
  };
  const result = (values: object) => [{ type: RecordType.GetValuesResult, requestId: 0, values }];

  test('GET_VALUES answers what it knows and leaves out the rest', () => {
    expect(ask(['FCGI_MPXS_CONNS', 'NO_SUCH_VARIABLE', 'FCGI_MAX_CONNS'])).toEqual(
      result({ FCGI_MAX_CONNS: '1024', FCGI_MPXS_CONNS: '1' }),
    );
  });

  test('GET_VALUES answers with the limits of the owner', () => {
    const responder = new LoggedResponder({ maxRequests: 1, maxConnections: 20 });
    const values = { FCGI_MAX_CONNS: '20', FCGI_MAX_REQS: '20', FCGI_MPXS_CONNS: '0' };
    expect(ask(Object.keys(values), responder)).toEqual(result(values));
  });

  test('GET_VALUES without names has an empty answer', () => {
    expect(ask([])).toEqual(result({}));
  });

  test('the same name asked many times is answered once', () => {
    expect(ask(Array.from({ length: 3000 }, () => 'FCGI_MAX_CONNS'))).toEqual(
      result({ FCGI_MAX_CONNS: '1024' }),
    );
  });

  test.each([0, 1, 5, 10, 11, 12, 255])(
    'type %i is answered with UNKNOWN_TYPE and the connection goes on',
    (type) => {
      const responder = new LoggedResponder().push(encodeRecord(type, 0, Buffer.from('x')), post);
      expect(responder.output.records).toMatchObject([
        { type: RecordType.UnknownType, requestId: 0, content: `${String.fromCharCode(type)}\0\0\0\0\0\0\0` },
      ]);
      expect(responder.requests).toHaveLength(1);
    },
  );
});

describe('a connection is destroyed, its requests aborted, by', () => {
  const open = Buffer.concat([begin(1), params(1)]);
  const filter = Buffer.concat([begin(2, { role: Role.Filter }), params(2)]);
  const tooMuch = Array.from({ length: 17 }, () => encodeRecord(RecordType.Params, 2, Buffer.alloc(65_535)));

  test.each([
    { what: 'BEGIN_REQUEST for an id that is open', sent: [begin(1)] },
    { what: 'BEGIN_REQUEST for an id whose PARAMS are coming', sent: [begin(2), begin(2)] },
    { what: 'BEGIN_REQUEST of 7 bytes', sent: [encodeRecord(RecordType.BeginRequest, 2, Buffer.alloc(7))] },
    { what: 'PARAMS after their end', sent: [encodeRecord(RecordType.Params, 1, Buffer.from('\x01\0A'))] },
    {
      what: 'PARAMS that end inside a pair',
      sent: [begin(2), encodeRecord(4, 2, Buffer.from('\x09')), params(2)],
    },
    { what: 'PARAMS over the limit', sent: [begin(2), ...tooMuch], code: 'ERR_FASTCGI_LIMIT' },
    { what: 'STDIN before the end of PARAMS', sent: [begin(2), stdin(2, 'x')] },
    { what: 'STDIN after its end', sent: [stdin(1), stdin(1, 'x')] },
    { what: 'DATA for a RESPONDER', sent: [data(1, 'x')] },
    { what: 'DATA before the end of STDIN', sent: [filter, data(2, 'x')] },
    { what: 'DATA after its end', sent: [filter, stdin(2), data(2), data(2, 'x')] },
    { what: 'a record that only applications send', sent: [encodeRecord(RecordType.Stdout, 1)] },
    { what: 'such a record for a request that is not open', sent: [encodeRecord(RecordType.EndRequest, 9)] },
    { what: 'a management record with a request id', sent: [encodeRecord(RecordType.GetValues, 1)] },
    { what: 'a record type nobody knows', sent: [encodeRecord(77, 1)] },
    {
      what: 'GET_VALUES cut off inside a pair',
      sent: [encodeRecord(RecordType.GetValues, 0, Buffer.from([5]))],
    },
    { what: 'another protocol version', sent: [Buffer.from('GET / HTTP/1.1\r\n')] },
  ])('$what', ({ sent, code = 'ERR_FASTCGI_PROTOCOL' }) => {
    const responder = new LoggedResponder().push(open, ...sent);
    expect(responder.errors).toMatchObject([{ code }]);
    expect(responder.output.state).toBe('destroyed');
    expect(responder.log.filter((line) => line === '1 abort')).toHaveLength(1);
    const { length } = responder.log;
    responder.push(post);
    responder.connection.closed();
    expect(responder.log).toHaveLength(length);
  });

  test('nothing less: a stream may end twice', () => {
    const responder = new LoggedResponder().push(open, params(1), stdin(1), stdin(1), filter, stdin(2));
    responder.push(data(2), data(2), stdin(2));
    expect(responder.errors).toEqual([]);
    expect(responder.log).toEqual(['1 request ', '1 stdin end', '2 request ', '2 stdin end', '2 data end']);
  });
});
