import path from 'node:path';

import { request } from './http-request.ts';
import { waitFor } from './wait-for.ts';

/** The app with one behaviour per path. */
export const behavioursApp = path.join(import.meta.dirname, '../fixtures/apps/behaviours.mjs');

/** The bytes of a request that is the last on its connection. */
export function rawRequest(
  target: string,
  { method = 'GET', version = '1.1', headers = '', body = '' } = {},
): string {
  return `${method} ${target} HTTP/${version}\r\nHost: test.example\r\nConnection: close\r\n${headers}\r\n${body}`;
}

/** What varies in a raw request. */
export type RequestShape = NonNullable<Parameters<typeof rawRequest>[1]>;

/** What the app noted about the requests of that name. */
export async function eventsOf(url: string, name: string): Promise<string[]> {
  return JSON.parse((await request(`${url}/events?${name}`)).text) as string[];
}

/** Waits until the app has noted an event about a request of that name; answers all it has noted. */
export async function waitForEvent(url: string, name: string, event: string): Promise<string[]> {
  let events: string[] = [];
  await waitFor(
    async () => {
      events = await eventsOf(url, name);
      return events.includes(event);
    },
    { within: 10_000, what: `"${event}" of ${name}` },
  );
  return events;
}
