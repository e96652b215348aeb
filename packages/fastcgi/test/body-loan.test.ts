/** A body on a shared connection is read from the connection behind it, while that is lent. */
import { beforeEach, describe, expect, test } from '@jest/globals';

import {
  type BodyBorrower,
  type BodyLoan,
  encodeBeginRequest,
  encodeNumbers,
  encodeRecord,
  type Lender,
  type LoanTerms,
  ProtocolError,
  RecordType,
  Role,
  SharedRecordType,
} from '../src/index.ts';
import { feedings } from './feedings.ts';
import { abort, agreement, begin, LoggedResponder, params, stdin } from './request-log.ts';

/** The request's id on httpd's connection; on the shared one it is 1. */
const LENT_ID = 9;

/** The test says when the connection is there. */
class ScriptedLender implements Lender {
  terms: LoanTerms | undefined;
  borrower: BodyBorrower | undefined;
  lend(): void {
    throw new Error('no response is long');
  }
  lendBody(terms: LoanTerms, borrower: BodyBorrower): void {
    this.terms = terms;
    this.borrower = borrower;
  }
  forget(): void {
    this.borrower = undefined;
  }
}

class ScriptedLoan implements BodyLoan {
  readonly events: string[] = [];
  start(): void {
    this.events.push('start');
  }
  pause(): void {
    this.events.push('pause');
  }
  resume(): void {
    this.events.push('resume');
  }
  giveBack(): void {
    this.events.push('given back');
  }
}

let lender: ScriptedLender;
let loan: ScriptedLoan;
let responder: LoggedResponder;

function beginRequest(): void {
  lender = new ScriptedLender();
  loan = new ScriptedLoan();
  responder = new LoggedResponder({ lender }).push(agreement, begin(1), params(1));
  responder.output.writes.length = 0;
}

beforeEach(beginRequest);

/** Types of the records that were sent, with what they say of a body. */
function sent(): string[] {
  const names = Object.entries({ ...RecordType, ...SharedRecordType });
  return responder.output.records.map(({ type, content }) => {
    const name = names.find(([, number]) => number === type)?.[0] ?? String(type);
    const bytes = Buffer.from(content, 'latin1');
    if (type === SharedRecordType.Remainder) return `${name} ${bytes.length}`;
    if (type === SharedRecordType.ReturnBody)
      return `${name} ${bytes.readUInt32BE(0)} ${bytes.readUInt32BE(4)}`;
    return name;
  });
}

/** The bytes that were given back. */
function remainder(): Buffer {
  const records = responder.output.records.filter(({ type }) => type === SharedRecordType.Remainder);
  return Buffer.from(records.map(({ content }) => content).join(''), 'latin1');
}

/** What the bridge says when it lends. */
function lendRecords(read: Buffer = Buffer.alloc(0)): Buffer[] {
  const terms = encodeNumbers(SharedRecordType.LendBody, 1, 7, LENT_ID);
  return read.length === 0 ? [terms] : [encodeRecord(SharedRecordType.Remainder, 1, read), terms];
}

function lend(read?: Buffer): BodyBorrower {
  responder.push(...lendRecords(read));
  const borrower = borrowerOf(lender);
  borrower.receiveBodyLoan(loan);
  return borrower;
}

function borrowerOf({ borrower }: ScriptedLender): BodyBorrower {
  if (borrower === undefined) throw new Error('the lender was not asked');
  return borrower;
}

const lent = (text: string): Buffer => stdin(LENT_ID, text);

test('it is read from the connection that the terms name, after what came before', () => {
  responder.push(stdin(1, 'a'));
  const borrower = lend();
  expect(lender.terms).toEqual({ connection: 7, requestId: LENT_ID });
  expect(loan.events).toEqual(['start']);
  borrower.receiveBytes(Buffer.concat([lent('b'), lent('c')]));
  expect(responder.log.at(-1)).toBe('1 stdin "abc');
  expect(sent()).toEqual([]);
});

test('what the bridge has read of a record is its beginning, wherever that was cut', () => {
  const record = lent('bcdef');
  for (let cut = 0; cut < record.length; cut += 1) {
    beginRequest();
    lend(record.subarray(0, cut)).receiveBytes(Buffer.from(record.subarray(cut)));
    expect(responder.log.at(-1)).toBe('1 stdin "bcdef');
  }
});

test('nothing is read before the connection is there', () => {
  responder.push(...lendRecords(lent('b')));
  expect(responder.log.at(-1)).toBe('1 request ');
  lender.borrower?.receiveBodyLoan(loan);
  expect(responder.log.at(-1)).toBe('1 stdin "b');
});

test('a remainder that has all of the body needs no reading', () => {
  lend(Buffer.concat([lent('bc'), lent('')]));
  expect(responder.log.slice(-2)).toEqual(['1 stdin "bc', '1 stdin end']);
  expect(loan.events).toEqual(['given back']);
  expect(sent()).toEqual(['ReturnBody 2 1']);
});

test('its end is said at once, with the length; what follows is given back unread', () => {
  const message = Buffer.concat([lent('bcd'), lent(''), begin(LENT_ID)]);
  for (const chunks of feedings(message)) {
    beginRequest();
    const borrower = lend();
    const unread: Buffer[] = [];
    for (const chunk of chunks)
      if (loan.events.includes('given back')) unread.push(chunk);
      else borrower.receiveBytes(chunk);
    expect(responder.log.slice(-2)).toEqual(['1 stdin "bcd', '1 stdin end']);
    expect(sent().at(-1)).toBe('ReturnBody 3 1');
    expect(Buffer.concat([remainder(), ...unread])).toEqual(begin(LENT_ID));
  }
});

test('an end of the request at a chunk gives back what is after its content, before END_REQUEST', () => {
  const borrower = lend();
  responder.request.onStdin = () => {
    responder.request.end(Buffer.from('done'));
  };
  borrower.receiveBytes(Buffer.concat([lent('b'), lent('c'), Buffer.from([1, 5])]));
  expect(sent()).toEqual(['Remainder 2', 'ReturnBody 2 0', 'Stdout', 'EndRequest']);
  expect(remainder()).toEqual(Buffer.from([1, 5]));
});

test('the content of a chunk comes at once, in its memory and alone there, with the end after it', () => {
  const borrower = lend();
  const contents: Buffer[] = [];
  responder.request.onStdin = (content) => contents.push(content);
  const chunk = Buffer.concat([lent('b'), lent('cd'), lent('')]);
  borrower.receiveBytes(chunk);
  expect(contents.map(String)).toEqual(['bcd']);
  expect(contents[0]?.buffer).toBe(chunk.buffer);
  expect(chunk.toString()).toBe('bcd'.padEnd(chunk.length, '\0'));
  expect(responder.log.at(-1)).toBe('1 stdin end');
});

test('what the bridge has read comes in memory of its own', () => {
  responder.push(...lendRecords(lent('bcd')));
  const contents: Buffer[] = [];
  responder.request.onStdin = (content) => contents.push(content);
  lender.borrower?.receiveBodyLoan(loan);
  expect(contents.map(({ buffer }) => Buffer.from(buffer).toString())).toEqual(['bcd'.padEnd(11, '\0')]);
});

test('an end of the request at the last chunk of a body is the only end', () => {
  const borrower = lend();
  responder.request.onStdin = () => {
    responder.request.end(Buffer.from('done'));
  };
  borrower.receiveBytes(Buffer.concat([lent('b'), lent('')]));
  expect(sent()).toEqual(['ReturnBody 1 1', 'Stdout', 'EndRequest']);
  expect(responder.log.at(-1)).not.toBe('1 stdin end');
});

test('a loan that is over is given back, once, and the body goes on over the link', () => {
  const borrower = lend();
  borrower.receiveBytes(lent('abc'));
  borrower.bodyLoanOver();
  expect(sent()).toEqual(['ReturnBody 3 0']);
  borrower.bodyLoanOver();
  expect(sent()).toHaveLength(1);
  responder.push(stdin(1, 'd'), stdin(1));
  expect(responder.log.slice(-2)).toEqual(['1 stdin "abcd', '1 stdin end']);
});

test('given back in the middle of a record it goes on with the rest of that, wherever it was cut', () => {
  const message = Buffer.concat([lent('a'), lent('bcd'), lent('')]);
  for (let cut = 0; cut < message.length; cut += 1) {
    beginRequest();
    lend().receiveBytes(Buffer.from(message.subarray(0, cut)));
    borrowerOf(lender).bodyLoanOver();
    lend(Buffer.concat([remainder(), message.subarray(cut)]));
    expect(responder.log.slice(-2)).toEqual(['1 stdin "abcd', '1 stdin end']);
  }
});

test('it can be lent again, and counts anew', () => {
  const first = lend();
  first.receiveBytes(lent('abc'));
  first.bodyLoanOver();
  lend().receiveBytes(Buffer.concat([lent('d'), lent('')]));
  expect(sent()).toEqual(['ReturnBody 3 0', 'ReturnBody 1 1']);
  expect(responder.log.slice(-2)).toEqual(['1 stdin "abcd', '1 stdin end']);
});

test('without a lender it is given back at once, whole', () => {
  const alone = new LoggedResponder().push(agreement, begin(1), params(1));
  alone.output.writes.length = 0;
  responder = alone.push(...lendRecords(lent('b')));
  expect(sent()).toEqual(['Remainder 9', 'ReturnBody 0 0']);
});

test('on a connection that is not shared its records are unknown', () => {
  const unshared = new LoggedResponder({ lender }).push(begin(1), params(1), ...lendRecords());
  expect(unshared.errors[0]).toBeInstanceOf(ProtocolError);
});

test.each([4, 12])('terms of %s bytes are none', (length) => {
  responder.push(encodeRecord(SharedRecordType.LendBody, 1, Buffer.alloc(length)));
  expect(responder.errors[0]).toBeInstanceOf(ProtocolError);
});

test('an owner that wants nothing stops the reading, and a loan that comes meanwhile', () => {
  responder.request.pauseStdin();
  lend();
  responder.request.resumeStdin();
  responder.request.pauseStdin();
  expect(loan.events).toEqual(['start', 'pause', 'resume', 'pause']);
});

describe('a request that ends', () => {
  test('before the connection is there waits for it no more, and gives back what was read of it', () => {
    responder.push(...lendRecords(Buffer.from('x')));
    responder.request.end(Buffer.from('done'));
    expect(lender.borrower).toBeUndefined();
    expect(sent()).toEqual(['Remainder 1', 'ReturnBody 0 0', 'Stdout', 'EndRequest']);
  });

  test('before it is lent hears no more of a loan that is on its way', () => {
    responder.request.end(Buffer.from('done'));
    responder.push(...lendRecords(Buffer.from('x')));
    expect(sent()).toEqual(['Stdout', 'EndRequest']);
    expect(responder.errors).toEqual([]);
  });

  test('while its response waits gives back a loan that is on its way', () => {
    responder.request.end(Buffer.alloc(1_000_000));
    responder.output.writes.length = 0;
    responder.push(...lendRecords(Buffer.from('x')));
    expect(sent()).toEqual(['Remainder 1', 'ReturnBody 0 0']);
  });

  test('by being abandoned gives the loan back before', () => {
    lend();
    responder.request.abandon();
    expect(sent()).toEqual(['ReturnBody 0 0', 'EndRequest']);
  });

  test.each([
    ['whose client is gone', encodeRecord(SharedRecordType.Gone, 1)],
    ['whose deadline has passed', abort(1)],
  ])('for one %s drops the loan, of which nobody wants the rest', (_who, record) => {
    const borrower = lend();
    responder.push(record);
    expect(loan.events).toEqual(['start', 'given back']);
    expect(sent().join()).not.toContain('ReturnBody');
    borrower.receiveBytes(lent('b'));
    expect(responder.log.at(-1)).toBe('1 abort');
  });

  test('for one whose client is gone waits for no connection any more', () => {
    responder.push(...lendRecords(), encodeRecord(SharedRecordType.Gone, 1));
    expect(lender.borrower).toBeUndefined();
  });
});

test('a connection that makes no sense takes the link with it: nobody knows where its next request begins', () => {
  const borrower = lend();
  borrower.receiveBytes(Buffer.from('GET / HTTP/1.1\r\n'));
  expect(responder.output.state).toBe('destroyed');
  expect(responder.log.at(-1)).toBe('1 abort');
});

test('what a handler throws is thrown', () => {
  const borrower = lend();
  responder.request.onStdin = () => {
    throw new Error('of the app');
  };
  expect(() => {
    borrower.receiveBytes(lent('b'));
  }).toThrow('of the app');
  responder.request.onStdin = undefined;
  borrower.receiveBytes(lent(''));
  expect(sent()).toEqual(['ReturnBody 1 1']);
});

test('a record of another request is not taken for content', () => {
  const borrower = lend();
  borrower.receiveBytes(stdin(LENT_ID + 1, 'b'));
  expect(responder.log.at(-1)).toBe('1 request ');
  expect(remainder()).toEqual(stdin(LENT_ID + 1, 'b'));
  expect(sent().at(-1)).toBe('ReturnBody 0 0');
});

test('BEGIN_REQUEST in the place of a body is given back whole', () => {
  const borrower = lend();
  const next = encodeBeginRequest({ requestId: LENT_ID, role: Role.Responder, keepConnection: true });
  borrower.receiveBytes(Buffer.from(next));
  expect(remainder()).toEqual(next);
});

test('a record with padding is given back whole, with what follows it', () => {
  const padded = Buffer.concat([encodeRecord(RecordType.Stdin, LENT_ID, Buffer.from('b'), 7), lent('c')]);
  lend().receiveBytes(Buffer.concat([lent('a'), padded]));
  expect(responder.log.at(-1)).toBe('1 stdin "a');
  expect(remainder()).toEqual(padded);
  expect(sent().at(-1)).toBe('ReturnBody 1 0');
});
