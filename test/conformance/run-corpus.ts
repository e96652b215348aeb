import { waitFor } from '../support/wait-for.ts';
import type { Case } from './case.ts';
import { exchange, type Target, tellAll } from './exchange.ts';
import { type ClientOutcome, type Outcome, type Seen, toOutcome } from './outcome.ts';

/** Exchanges at a time: enough to wait for time-outs together, few enough not to wait for each other. */
const LANES = 32;
const SETTLED_WITHIN_MS = 4000;

/** Runs every case with one server; what came of each, in order. The id of a case is its place in the list. */
export async function runCorpus(
  target: Target,
  cases: readonly Case[],
): Promise<readonly (Outcome | Error)[]> {
  const clients: (ClientOutcome | Error)[] = [];
  const waiting = cases.entries();
  const lane = async (): Promise<void> => {
    for (const [index, one] of waiting)
      clients[index] = await exchange(target, one, idOf(index)).catch((error: unknown) => error as Error);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const seen = await settle(target);
  return clients.map((client, index) =>
    client instanceof Error ? client : toOutcome(client, seen[idOf(index)] ?? [], target.port),
  );
}

function idOf(index: number): string {
  return `case-${index}`;
}

/** What the app saw, once nothing more happens to any request: or, for those that never end, nothing more in a while. */
async function settle(target: Target): Promise<Readonly<Record<string, readonly Seen[]>>> {
  let seen = await tellAll(target);
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  await waitFor(
    async () => {
      seen = await tellAll(target);
      return Object.values(seen).flat().every(isOver) || performance.now() > deadline;
    },
    { within: SETTLED_WITHIN_MS + 2000, what: 'every request to end', pauseMs: 100 },
  );
  return seen;
}

function isOver({ handler, events }: Seen): boolean {
  if (handler === 'fetch') return events.includes('closed');
  return ['req close', 'res close'].every((end) => events.some((event) => event.startsWith(end)));
}
