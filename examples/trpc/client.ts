import { createTRPCClient, httpBatchLink, httpSubscriptionLink, loggerLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';

import type { AppRouter } from './app.ts';

/** The client of the quick start: `npx tsx client.ts http://localhost:8000`. */
const url = process.argv[2] ?? 'http://localhost:8000';

const trpc = createTRPCClient<AppRouter>({
  links: [
    loggerLink({
      enabled: (operation) => operation.direction === 'down' && operation.result instanceof Error,
    }),
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: httpSubscriptionLink({ url, EventSource }),
      false: httpBatchLink({ url }),
    }),
  ],
});

const created = await trpc.userCreate.mutate({ name: 'Ada' });
// Both travel in one request.
const [user, list] = await Promise.all([trpc.userById.query(created.id), trpc.userList.query()]);
console.log(JSON.stringify({ user, list }));

const subscription = trpc.ticks.subscribe(undefined, {
  onData: ({ data }) => {
    console.log(JSON.stringify(data));
    if (data.count === 2) subscription.unsubscribe();
  },
});
