import { createServer } from 'node:http';

import { createSchema, createYoga } from 'graphql-yoga';

/** A GraphQL Yoga server as its documentation writes it; its subscriptions are server-sent events. */
const yoga = createYoga({
  schema: createSchema({
    typeDefs: /* GraphQL */ `
      type Query {
        hello(name: String = "world"): String!
      }
      type Subscription {
        countdown(from: Int!): Int!
      }
    `,
    resolvers: {
      Query: {
        hello: (_parent: unknown, { name }: { name: string }) => `Hello ${name}`,
      },
      Subscription: {
        countdown: {
          async *subscribe(_parent: unknown, { from }: { from: number }) {
            for (let i = from; i >= 0; i--) {
              yield { countdown: i };
              await new Promise((resolve) => setTimeout(resolve, 500));
            }
          },
        },
      },
    },
  }),
});

const server = createServer(yoga);
server.listen(4000, () => {
  console.info('Server is running on http://localhost:4000/graphql');
});
