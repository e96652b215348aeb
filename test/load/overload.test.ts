/** An app that can answer 100 requests per second is asked for 300: those it takes stay quick, the others learn it at once. */
import { request as httpRequest } from 'node:http';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { expect, test } from '@jest/globals';

import { ExpressServer } from '../support/express-server.ts';
import { reportFigures } from '../support/report-figures.ts';

const SERVICE_MS = 10;
const OFFERED_PER_SECOND = 300;
const SECONDS = 6;
const app = path.join(import.meta.dirname, '../fixtures/apps/busy.ts');

/** How one request ended; times in milliseconds since the load began. */
interface Answer {
  readonly sentAt: number;
  readonly tookMs: number;
  readonly status: number;
  readonly retryAfter: string | undefined;
}

test.each([
  { name: 'a short queue', args: ['--concurrency', '4', '--daemon-backlog', '16'], places: 20 },
  { name: 'default options', args: [], places: 200 },
])(
  'with $name an app under three times its load answers what it takes in flat time and refuses the rest at once',
  async ({ name, args, places }) => {
    const server = await ExpressServer.start([app, ...args]);
    try {
      await Promise.all(await offer(server.url, 20, 1)); // httpd and the app have warmed up
      const load = await offer(server.url, OFFERED_PER_SECOND, SECONDS);
      const endedAt = performance.now();
      const recoveryMs = (await waitForNormal(server.url)) - endedAt;
      const answers = await Promise.all(load);

      const accepted = answers.filter(({ status }) => status === 200);
      const refused = answers.filter(({ status }) => status === 503);
      const early = accepted.filter(({ sentAt }) => sentAt > 1000 && sentAt < (SECONDS * 1000) / 2);
      const late = accepted.filter(({ sentAt }) => sentAt >= (SECONDS * 1000) / 2);
      reportFigures(`overload, ${name}`, {
        offered: answers.length,
        accepted: { count: accepted.length, ...describe(accepted) },
        acceptedEarly: describe(early),
        acceptedLate: describe(late),
        refused: { count: refused.length, ...describe(refused) },
        recoveryMs,
      });

      expect(accepted.length + refused.length).toBe(answers.length);
      expect(accepted.length).toBeGreaterThan(answers.length / 6); // half of its capacity, on a noisy machine
      expect(refused.length).toBeGreaterThan(answers.length / 3);
      expect(new Set(refused.map(({ retryAfter }) => retryAfter))).toEqual(new Set(['1']));
      // Every place before it, twice: the machine also runs the load.
      expect(percentile(accepted, 0.99)).toBeLessThan(places * SERVICE_MS * 2 + 100);
      expect(percentile(late, 0.5)).toBeLessThan(percentile(early, 0.5) * 1.5 + 50);
      expect(percentile(refused, 0.5)).toBeLessThan(50);
      // What was accepted is answered first.
      expect(recoveryMs).toBeLessThan(places * SERVICE_MS * 1.5 + 1000);
    } finally {
      await server.stop();
    }
  },
  60_000,
);

/** Sends so many requests per second, whatever becomes of them; settles when the last one was sent. */
async function offer(url: string, perSecond: number, seconds: number): Promise<Promise<Answer>[]> {
  const began = performance.now();
  const pending: Promise<Answer>[] = [];
  while (pending.length < perSecond * seconds) {
    const due = Math.min(((performance.now() - began) / 1000) * perSecond, perSecond * seconds);
    while (pending.length < due) pending.push(ask(url, began));
    await delay(1);
  }
  return pending;
}

async function ask(url: string, began: number): Promise<Answer> {
  const sentAt = performance.now() - began;
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent: false }, (incoming) => {
      incoming.resume().on('error', reject);
      incoming.on('end', () => {
        const tookMs = performance.now() - began - sentAt;
        const retryAfter = incoming.headers['retry-after'];
        resolve({ sentAt, tookMs, status: incoming.statusCode ?? 0, retryAfter });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** Asks until five requests in a row took a normal time; answers since when. */
async function waitForNormal(url: string): Promise<number> {
  const deadline = performance.now() + 10_000;
  let since = performance.now();
  for (let good = 0; good < 5 && performance.now() < deadline;) {
    const { status, tookMs } = await ask(url, performance.now());
    if (status === 200 && tookMs < SERVICE_MS * 5) {
      good += 1;
    } else {
      good = 0;
      since = performance.now();
    }
  }
  return since;
}

function describe(answers: readonly Answer[]): Record<'p50' | 'p99' | 'max', number> {
  return { p50: percentile(answers, 0.5), p99: percentile(answers, 0.99), max: percentile(answers, 1) };
}

function percentile(answers: readonly Answer[], share: number): number {
  const sorted = answers.map(({ tookMs }) => tookMs).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
