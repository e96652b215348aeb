import { initTRPC, tracked } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { z } from 'zod';

/** A tRPC server as its quick start writes it: queries, mutations and subscriptions over server-sent events. */
const t = initTRPC.create();

interface User {
  readonly id: string;
  readonly name: string;
}

const users: User[] = [];

const appRouter = t.router({
  userList: t.procedure.query(() => users),
  userById: t.procedure.input(z.string()).query(({ input }) => users.find((user) => user.id === input)),
  userCreate: t.procedure.input(z.object({ name: z.string() })).mutation(({ input }) => {
    const user = { id: String(users.length + 1), ...input };
    users.push(user);
    return user;
  }),
  ticks: t.procedure.subscription(async function* ({ signal }) {
    for (let count = 0; signal?.aborted !== true; count++) {
      yield tracked(String(count), { count });
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }),
});

export type AppRouter = typeof appRouter;

const server = createHTTPServer({ router: appRouter });

server.listen(3000);
