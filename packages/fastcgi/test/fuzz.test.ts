import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import {
  ClientConnection,
  encodeNameValues,
  encodeRecord,
  parseCgiHead,
  RecordParser,
  RecordType,
  type ResponderRequest,
} from '../src/index.ts';
import { cutAt } from './feedings.ts';
import { parseAll, RecordedOutput, toPlain } from './recorded-output.ts';
import { abort, begin, data, LoggedResponder, params, stdin } from './request-log.ts';

// Long sequences: it takes several records to get past PARAMS.
fc.configureGlobal({ baseSize: 'medium' });

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

/** Where to cut, as fractions of a length that is not known yet. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

function cut(message: Buffer, at: readonly number[]): Buffer[] {
  const offsets = at.map((fraction) => Math.floor(fraction * message.length));
  return cutAt(
    message,
    offsets.sort((a, b) => a - b),
  );
}

/** Records that are whole but otherwise anything, small ids and known types preferred. */
const anyRecord = fc
  .tuple(
    fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 12 }) },
      { weight: 1, arbitrary: fc.nat(255) },
    ),
    fc.oneof({ weight: 9, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(65_535) }),
    fc.oneof(fc.constant(Buffer.alloc(0)), bytes(40), fc.constant(Buffer.from([0, 1, 1, 0, 0, 0, 0, 0]))),
    fc.nat(255),
  )
  .map(([type, id, content, padding]) => encodeRecord(type, id, content, padding));

/** Owners that answer at different moments, or never. */
const owners: readonly ((request: ResponderRequest) => void)[] = [
  () => undefined,
  (request) => {
    request.end(Buffer.from('Status: 200 OK\r\n\r\n'));
  },
  (request) => {
    request.onStdin = (chunk) => request.writeStdout(chunk);
    request.onStdinEnd = () => {
      request.end();
    };
    request.onAbort = () => {
      request.end();
    };
  },
  (request) => {
    request.onStdin = () => {
      request.abandon();
    };
  },
];
const owner = fc.constantFrom(...owners);

/** A body names its request, so that a byte in the wrong place is seen: request n sends only the character of n. */
const character = (serial: number) => String.fromCharCode(0x21 + (serial % 94));

describe('RecordParser', () => {
  test('any cut of any records gives the records', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 12 }), cuts, (records, at) => {
        const message = Buffer.concat(records);
        const read = parseAll(cut(message, at));
        expect(read.map((record) => record.bytes)).toEqual(
          records.map((record) => record.toString('latin1')),
        );
      }),
    );
  });

  test('any bytes in any cut give records or a protocol error, the same as whole', () => {
    const outcome = (chunks: readonly Buffer[]) => {
      const records: unknown[] = [];
      const parser = new RecordParser((record) => records.push(toPlain(record)));
      try {
        for (const chunk of chunks) parser.push(chunk);
      } catch (error) {
        records.push((error as { code?: unknown }).code);
      }
      return records;
    };
    const nearlyValid = bytes(200).map(
      (message) => message.map((byte, index) => (index === 0 ? 1 : byte)) as Buffer,
    );
    fc.assert(
      fc.property(fc.oneof(bytes(200), nearlyValid), cuts, (message, at) => {
        const whole = outcome([Buffer.from(message)]);
        expect(outcome(cut(Buffer.from(message), at))).toEqual(whole);
        expect(whole.filter((item) => typeof item !== 'object')).toEqual(
          whole.includes('ERR_FASTCGI_PROTOCOL') ? ['ERR_FASTCGI_PROTOCOL'] : [],
        );
      }),
    );
  });
});

describe('ResponderConnection', () => {
  /** Whatever is sent, push does not throw, and a violation is the only reason for destruction. */
  const survives = (
    message: Buffer,
    at: readonly number[],
    onRequest: (request: ResponderRequest) => void,
  ) => {
    const responder = new LoggedResponder({ maxRequests: 2 }, onRequest);
    responder.push(...cut(message, at));
    responder.connection.closed();
    if (responder.output.state === 'destroyed' && onRequest !== owners[3])
      expect(responder.errors).toHaveLength(1);
    expect(responder.requests.every((request) => request.ended)).toBe(true);
    // Nothing but whole records was written.
    expect(responder.output.records.map((record) => record.bytes).join('')).toBe(
      responder.output.bytes.toString('latin1'),
    );
  };

  test('survives any bytes', () => {
    fc.assert(fc.property(bytes(300), cuts, owner, survives));
  });

  test('survives any records', () => {
    const messages = fc.array(anyRecord, { maxLength: 30 }).map((records) => Buffer.concat(records));
    fc.assert(fc.property(messages, cuts, owner, survives), { numRuns: 500 });
  });

  test('survives valid streams with a few bytes changed', () => {
    const valid = Buffer.concat([
      begin(1, { role: 3 }),
      params(1, [['A', 'x'.repeat(150)]]),
      begin(2, { keepConnection: false }),
      stdin(1, 'one'),
      params(2, [['B', 'y']]),
      stdin(1),
      data(1, 'data'),
      abort(2),
      stdin(2, 'two'),
      stdin(2),
      data(1),
      encodeRecord(RecordType.GetValues, 0, encodeNameValues([['FCGI_MAX_CONNS', '']]), 3),
    ]);
    const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    const changed = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
      const message = Buffer.from(valid);
      for (const [offset, byte] of changes) message[offset] = byte;
      return message;
    });
    fc.assert(fc.property(changed, cuts, owner, survives), { numRuns: 1000 });
  });

  /** What a careless but valid web server does with ids 1 to 3. */
  const action = fc.record({
    id: fc.integer({ min: 1, max: 3 }),
    kind: fc.constantFrom('begin', 'body', 'body', 'end of body', 'abort', 'answer', 'answer'),
    length: fc.integer({ min: 1, max: 30 }),
  });

  test('never delivers the body of one request to another', () => {
    let delivered = 0;
    fc.assert(
      fc.property(fc.array(action, { minLength: 20, maxLength: 80, size: 'max' }), cuts, (actions, at) => {
        const received = new Map<string, string>();
        const open = new Map<number, ResponderRequest>();
        const responder = new LoggedResponder({}, (request) => {
          const name = request.params.get('SERIAL') ?? '';
          open.set(request.id, request);
          received.set(name, '');
          request.onStdin = (chunk) =>
            received.set(name, `${received.get(name) ?? ''}${chunk.toString('latin1')}`);
        });
        const serials = new Map<number, { readonly serial: number; isBodyOpen: boolean }>();
        let serial = 0;
        const steps: Record<string, (id: number, length: number) => Buffer | undefined> = {
          // A web server may only begin an id whose END_REQUEST it has seen; it need not have ended its STDIN.
          begin: (id) => {
            if (open.has(id)) return undefined;
            serial += 1;
            serials.set(id, { serial, isBodyOpen: true });
            return Buffer.concat([begin(id), params(id, [['SERIAL', String(serial)]])]);
          },
          body: (id, length) => {
            const current = serials.get(id);
            return current?.isBodyOpen ? stdin(id, character(current.serial).repeat(length)) : undefined;
          },
          'end of body': (id) => {
            const current = serials.get(id);
            if (!current?.isBodyOpen) return undefined;
            current.isBodyOpen = false;
            return stdin(id);
          },
          abort: (id) => (serials.has(id) ? abort(id) : undefined),
          answer: (id) => {
            open.get(id)?.end();
            open.delete(id);
            return undefined;
          },
        };
        for (const { kind, id, length } of actions) {
          const message = steps[kind]?.(id, length);
          if (message !== undefined) responder.push(...cut(message, at));
        }
        expect(responder.errors).toEqual([]);
        for (const [name, body] of received) {
          expect(body).toBe(character(Number(name)).repeat(body.length));
          delivered += body.length;
        }
      }),
      { numRuns: 500 },
    );
    expect(delivered).toBeGreaterThan(1000);
  });
});

describe('ClientConnection', () => {
  test('survives any records and never hears of a request twice', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyRecord, bytes(20)), { maxLength: 30 }), cuts, (parts, at) => {
        let endings = 0;
        const client = new ClientConnection(new RecordedOutput());
        client.request({ params: [], onEnd: () => (endings += 1), onClosed: () => (endings += 1) });
        for (const chunk of cut(Buffer.concat(parts), at)) client.push(chunk);
        client.closed();
        expect(endings).toBe(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('parseCgiHead', () => {
  test('any text is a head, no head yet, or a coded error', () => {
    const line = fc.constantFrom('Status: 200 OK', 'Status: ', 'A: b', ': ', ' x', '', 'Location: /');
    const lines = fc
      .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r', '')))
      .map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(lines, (text) => {
        try {
          expect(parseCgiHead(Buffer.from(text))?.bodyOffset ?? 0).toBeLessThanOrEqual(text.length);
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_FASTCGI_CGI_HEAD' });
        }
      }),
    );
  });
});
