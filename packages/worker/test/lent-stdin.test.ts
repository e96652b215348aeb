/** httpd's connection in the hands of a worker that reads a body from it, over a real socket. */
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
let lender: Lender;

beforeEach(async () => {
  pair = await openLentPair();
  borrower = new ScriptedBorrower();
  lender = new Lender();
  lender.hold({ type: 'hold', connection: 7 }, pair.handle);
  lender.lendBody({ connection: 7, requestId: 3 }, borrower);
  if (borrower.loan === undefined) throw new Error('nothing was lent');
  loan = borrower.loan;
});

afterEach(() => {
  pair.close();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const arrive = (bytes: number): Promise<void> =>
  waitFor(() => borrower.received.length >= bytes, { within: 2000, what: `${bytes} bytes to arrive` });

test('it reads when it is started, not before', async () => {
  pair.httpd.write('early');
  await pause(50);
  expect(borrower.received).toHaveLength(0);
  loan.start();
  await arrive(5);
  expect(borrower.received.toString()).toBe('early');
});

test('given back before it is started, nothing is read, and it can be lent again', async () => {
  loan.giveBack();
  pair.httpd.write('later');
  lender.lendBody({ connection: 7, requestId: 3 }, borrower);
  borrower.loan?.start();
  await arrive(5);
});

test('given back in the middle, the rest stays where it was, for whoever reads it next', async () => {
  const sent = Buffer.from(Array.from({ length: 150_000 }, (_, index) => index % 251));
  pair.httpd.write(sent);
  borrower.onBytes = () => {
    loan.giveBack();
  };
  loan.start();
  await arrive(1);
  await pause(50);
  const first = borrower.received.length;
  expect(first).toBeLessThan(sent.length);
  borrower.onBytes = () => undefined;
  lender.lendBody({ connection: 7, requestId: 3 }, borrower);
  borrower.loan?.start();
  await arrive(sent.length);
  expect(borrower.received.equals(sent)).toBe(true);
});

test('while it is paused, nothing is read', async () => {
  loan.start();
  loan.pause();
  for (const piece of ['one', 'two', 'three']) {
    pair.httpd.write(piece);
    await pause(10);
  }
  expect(borrower.received).toHaveLength(0);
  loan.resume();
  await arrive(11);
  expect(borrower.received.toString()).toBe('onetwothree');
});

test('it goes on after a pause', async () => {
  loan.start();
  pair.httpd.write('one');
  await arrive(3);
  loan.pause();
  pair.httpd.write('two');
  await pause(20);
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
});

test('one that httpd has left is over as soon as it is lent again', async () => {
  loan.start();
  pair.httpd.end();
  await waitFor(() => borrower.isOver, { within: 1000, what: 'the end' });
  loan.giveBack();
  borrower.isOver = false;
  lender.lendBody({ connection: 7, requestId: 3 }, borrower);
  borrower.loan?.start();
  expect(borrower.isOver).toBe(true);
});
