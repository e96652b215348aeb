/** httpd's connection in the hands of a worker that reads a body from it, over a real socket. */
import { once } from 'node:events';

import { afterEach, beforeEach, expect, test } from '@jest/globals';

import { BODY_LOAN_MS, type BodyBorrower, type BodyLoan } from '@httpd-express/fastcgi';

import { Lender } from '../src/lender.ts';
import { type LentPair, openLentPair } from './lent-pair.ts';
import { waitFor } from './wait-for.ts';

/** Gathers what it is given, and has the loan. */
class ScriptedBorrower implements BodyBorrower {
  loan: BodyLoan | undefined;
  received = Buffer.alloc(0);
  isOver = false;
  onBytes: () => void = () => undefined;
  receiveBodyLoan(loan: BodyLoan): void {
    this.loan = loan;
  }
  receiveBytes(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    this.onBytes();
  }
  bodyLoanOver(): void {
    this.isOver = true;
  }
}

let pair: LentPair;
let borrower: ScriptedBorrower;
let loan: BodyLoan;

beforeEach(async () => {
  pair = await openLentPair();
  borrower = new ScriptedBorrower();
  const lender = new Lender();
  lender.lend({ type: 'lend', number: lender.expectBody(borrower), requestId: 3 }, pair.handle);
  if (borrower.loan === undefined) throw new Error('nothing was lent');
  loan = borrower.loan;
});

afterEach(() => {
  pair.close();
});

const arrive = (bytes: number): Promise<void> =>
  waitFor(() => borrower.received.length >= bytes, { within: 2000, what: `${bytes} bytes to arrive` });

test('it reads when it is started, not before', async () => {
  expect(loan.requestId).toBe(3);
  pair.httpd.write('early');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(borrower.received).toHaveLength(0);
  loan.start();
  await arrive(5);
  expect(borrower.received.toString()).toBe('early');
});

test('given back before it is started, it is closed, unread', async () => {
  expect(loan.giveBack()).toEqual([]);
  pair.httpd.resume();
  await once(pair.httpd, 'close');
});

test('given back while it is paused, it returns what was read; the rest stays where it was', async () => {
  const sent = Buffer.from(Array.from({ length: 150_000 }, (_, index) => index % 251));
  pair.httpd.write(sent);
  borrower.onBytes = () => {
    loan.pause();
  };
  loan.start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const unread = Buffer.concat(loan.giveBack());
  expect(unread.length).toBeGreaterThan(0);
  const all = Buffer.concat([borrower.received, unread]);
  expect(all.length).toBeLessThan(sent.length); // Node reads 64 KiB at a time, and one time more than it was asked
  expect(all.equals(sent.subarray(0, all.length))).toBe(true);
});

test('given back while it is paused, it returns everything that came meanwhile, however it came', async () => {
  loan.start();
  loan.pause();
  for (const piece of ['one', 'two', 'three']) {
    pair.httpd.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  expect(Buffer.concat(loan.giveBack()).toString()).toBe('onetwothree');
  expect(borrower.received).toHaveLength(0);
});

test('it goes on after a pause', async () => {
  loan.start();
  pair.httpd.write('one');
  await arrive(3);
  loan.pause();
  pair.httpd.write('two');
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(borrower.received.toString()).toBe('one');
  loan.resume();
  await arrive(6);
  expect(borrower.received.toString()).toBe('onetwo');
});

test('it is over when nothing comes for a while', async () => {
  loan.start();
  pair.httpd.write('one');
  await waitFor(() => borrower.isOver, { within: 1000, what: 'the idleness' });
  expect(borrower.received.toString()).toBe('one');
});

test('it is over when the app takes nothing for a while, whatever comes', async () => {
  loan.start();
  loan.pause();
  pair.httpd.write(Buffer.alloc(500_000));
  await waitFor(() => borrower.isOver, { within: 1000, what: 'the idleness' });
});

test('it is over after its time, however much comes', async () => {
  const began = performance.now();
  loan.start();
  const writing = setInterval(() => pair.httpd.write('more'), 10);
  await waitFor(() => borrower.isOver, { within: 2 * BODY_LOAN_MS, what: 'the end of its time' });
  clearInterval(writing);
  expect(performance.now() - began).toBeGreaterThan(BODY_LOAN_MS - 50);
});

test('it is over when httpd leaves, after what that has sent', async () => {
  loan.start();
  pair.httpd.end('last');
  await waitFor(() => borrower.isOver, { within: 1000, what: 'the end' });
  expect(borrower.received.toString()).toBe('last');
  expect(loan.giveBack()).toEqual([]);
});
