/** httpd's connection in the hands of a worker, over a real socket. */
import { once } from 'node:events';
import { type Socket } from 'node:net';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { type Borrower, type FastCgiRecord, RecordParser, RecordType } from '@httpd-express/fastcgi';

import { Lender } from '../src/lender.ts';
import { type ConnectionHandle } from '../src/lent-connection.ts';
import { type LentPair, openLentPair } from './lent-pair.ts';
import { waitFor } from './wait-for.ts';

let httpd: Socket;
let handle: ConnectionHandle;
let pair: LentPair;

/** Writes down what it is told, and has the loan. */
class ScriptedBorrower implements Borrower {
  readonly events: string[] = [];
  loan: Parameters<Borrower['receiveLoan']>[0] | undefined;
  receiveLoan(loan: Parameters<Borrower['receiveLoan']>[0]): void {
    this.loan = loan;
  }
  loanStalled(isStalled: boolean): void {
    this.events.push(isStalled ? 'stalled' : 'moves');
  }
  loanIdle(): void {
    this.events.push('idle');
  }
  loanBroken(): void {
    this.events.push('broken');
  }
}

beforeEach(async () => {
  pair = await openLentPair();
  ({ httpd, handle } = pair);
});

afterEach(() => {
  pair.close();
});

function borrow(): { borrower: ScriptedBorrower; loan: NonNullable<ScriptedBorrower['loan']> } {
  const lender = new Lender();
  const borrower = new ScriptedBorrower();
  lender.hold({ type: 'hold', connection: 7 }, handle);
  lender.lend({ connection: 7, requestId: 3 }, borrower);
  if (borrower.loan === undefined) throw new Error('nothing was lent');
  return { borrower, loan: borrower.loan };
}

/** Reads what httpd gets, as records. */
function readRecords(): FastCgiRecord[] {
  const records: FastCgiRecord[] = [];
  const parser = new RecordParser((record) => records.push(record));
  httpd.on('data', (chunk: Buffer) => {
    parser.push(chunk);
  });
  httpd.resume();
  return records;
}

test('what is written reaches httpd as STDOUT of its request, whole, before it is given back', async () => {
  const { loan } = borrow();
  const content = Buffer.alloc(3_000_000, 'abcdefg');
  const events: string[] = [];
  loan.write(content, () => events.push('sent'));
  loan.giveBack(() => events.push('given back'));
  expect(events).toEqual([]);
  const records = readRecords();
  await waitFor(() => events.length === 2, { within: 5000, what: 'the loan to be given back' });
  expect(events).toEqual(['sent', 'given back']);
  await waitFor(() => records.reduce((sum, { contentLength }) => sum + contentLength, 0) === content.length, {
    within: 5000,
    what: 'everything to arrive',
  });
  expect(new Set(records.map(({ type, requestId }) => `${type} ${requestId}`))).toEqual(
    new Set([`${RecordType.Stdout} 3`]),
  );
  expect(Buffer.concat(records.map((record) => record.content)).equals(content)).toBe(true);
});

test('it is lent again and again, also while the one before waits for nothing but its timers', async () => {
  const lender = new Lender();
  lender.hold({ type: 'hold', connection: 7 }, handle);
  const records = readRecords();
  for (const requestId of [3, 4, 5]) {
    const borrower = new ScriptedBorrower();
    lender.lend({ connection: 7, requestId }, borrower);
    borrower.loan?.write(Buffer.from('x'));
    await new Promise<void>((resolve) => borrower.loan?.giveBack(resolve));
  }
  await waitFor(() => records.length === 3, { within: 2000, what: 'what was written' });
  expect(records.map(({ requestId }) => requestId)).toEqual([3, 4, 5]);
});

test('a reader that stops is reported, and one that goes on', async () => {
  const { borrower, loan } = borrow();
  loan.write(Buffer.alloc(3_000_000));
  await waitFor(() => borrower.events.length > 0, { within: 2000, what: 'the stall' });
  expect(borrower.events).toEqual(['stalled']);
  httpd.resume();
  await waitFor(() => borrower.events.length > 1, { within: 2000, what: 'the rest' });
  expect(borrower.events.slice(0, 2)).toEqual(['stalled', 'moves']);
});

test('one that is written to no more is idle, not while a reader has stopped', async () => {
  const { borrower, loan } = borrow();
  loan.write(Buffer.alloc(3_000_000));
  await new Promise((resolve) => setTimeout(resolve, 600));
  expect(borrower.events).toEqual(['stalled']);
  httpd.resume();
  await waitFor(() => borrower.events.includes('idle'), { within: 3000, what: 'the idleness' });
  const events: string[] = [];
  loan.giveBack(() => events.push('given back'));
  expect(events).toEqual(['given back']);
});

test('httpd that leaves breaks it, and nothing is given back', async () => {
  const { borrower, loan } = borrow();
  const events: string[] = [];
  loan.write(Buffer.alloc(3_000_000), (error) => events.push(error ? 'failed' : 'sent'));
  loan.giveBack(() => events.push('given back'));
  httpd.destroy();
  await waitFor(() => borrower.events.includes('broken'), { within: 2000, what: 'the break' });
  expect(events).toEqual(['failed']);
});

test('one that is dropped with something left to write is closed: nothing may follow a part of a record', async () => {
  const { loan } = borrow();
  loan.write(Buffer.alloc(3_000_000));
  loan.drop();
  httpd.resume();
  await once(httpd, 'end');
});
