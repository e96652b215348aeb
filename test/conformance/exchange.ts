import { request } from '../support/http-request.ts';
import { parseResponse, type RawResponse } from '../support/parse-response.ts';
import { RawConnection } from '../support/raw-connection.ts';
import { waitFor } from '../support/wait-for.ts';
import type { Case, Step } from './case.ts';
import { type ClientOutcome, describeResponse, type Seen } from './outcome.ts';

/** A server under test. */
export interface Target {
  readonly port: number;
}

const probe = 'GET / HTTP/1.1\r\nHost: probe\r\nX-Do: probe\r\nConnection: close\r\n\r\n';
const WITHIN_MS = 12_000;

/** Does what the case says, and describes what its client got. */
export async function exchange(target: Target, { steps, methods }: Case, id: string): Promise<ClientOutcome> {
  const connection = await RawConnection.open(target.port);
  const facts = { clientPort: connection.localPort };
  try {
    for (const step of steps) {
      if (isDeparture(step)) return { ...facts, responses: [], connection: 'left' };
      await take(step, connection, target, id);
    }
    const responses = await collect(connection, methods);
    return {
      ...facts,
      responses: responses.map(describeResponse),
      connection: (await isKept(connection, responses)) ? 'kept' : 'closed',
    };
  } finally {
    connection.leave();
  }
}

function isDeparture(step: Step): boolean {
  return typeof step === 'object' && 'leave' in step && step.leave === 'destroy';
}

async function take(step: Step, connection: RawConnection, target: Target, id: string): Promise<void> {
  if (typeof step === 'string') await connection.send(step.replaceAll('{id}', id)).flushed();
  else if ('received' in step) await connection.waitFor(step.received, WITHIN_MS);
  else if ('noted' in step) await waitUntilNoted(target, id, step.noted);
  else connection.end();
}

async function waitUntilNoted(target: Target, id: string, event: string): Promise<void> {
  await waitFor(async () => (await tell(target, id)).some(({ events }) => events.includes(event)), {
    within: WITHIN_MS,
    what: `"${event}" of ${id}`,
    pauseMs: 25,
  });
}

async function tell(target: Target, id: string): Promise<readonly Seen[]> {
  const headers = { 'X-Do': 'tell', 'X-Parameter': id };
  return JSON.parse((await request(`http://127.0.0.1:${target.port}/`, { headers })).text) as Seen[];
}

/** Everything the app has recorded, by the id of the case. */
export async function tellAll(target: Target): Promise<Readonly<Record<string, readonly Seen[]>>> {
  const headers = { 'X-Do': 'tell' };
  const { text } = await request(`http://127.0.0.1:${target.port}/`, { headers });
  return JSON.parse(text) as Record<string, Seen[]>;
}

/** Waits until every request is answered, or the server has closed the connection. */
async function collect(
  connection: RawConnection,
  methods: readonly string[],
): Promise<readonly RawResponse[]> {
  await waitFor(() => connection.isClosed || isAnswered(parseAll(connection.received, methods), methods), {
    within: WITHIN_MS,
    what: `${methods.length} answers in ${JSON.stringify(connection.received.slice(0, 500))}`,
  });
  return parseAll(connection.received, methods);
}

function isAnswered(responses: readonly RawResponse[], methods: readonly string[]): boolean {
  const final = responses.filter(({ status }) => status >= 200);
  return (
    final.length >= methods.length &&
    final.every(({ framing, isComplete }) => isComplete && framing !== 'close')
  );
}

/** Informational responses belong to the final one that follows. */
function parseAll(received: string, methods: readonly string[]): readonly RawResponse[] {
  const responses: RawResponse[] = [];
  let answered = 0;
  for (let rest = received; rest.includes('\r\n\r\n');) {
    const response = parseResponse(rest, methods[answered]);
    if (response.status >= 200) answered++;
    responses.push(response);
    rest = response.rest;
  }
  return responses;
}

/** Whether the connection takes another request, whose answer comes right behind the last one. */
async function isKept(connection: RawConnection, responses: readonly RawResponse[]): Promise<boolean> {
  if (connection.isClosed) return false;
  const before = connection.received.length;
  if ((responses.at(-1)?.rest ?? '') !== '') return false;
  connection.send(probe);
  await connection.waitForClose(WITHIN_MS);
  return /^HTTP\/1\.1 200 (?:OK)?\r\n[^]*probe/.test(connection.received.slice(before));
}
