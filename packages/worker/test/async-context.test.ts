/** What `AsyncLocalStorage` holds in the events of requests that share a link, compared with plain Node. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer } from 'node:net';

import { ClientConnection } from '@httpd-express/fastcgi';
import { expect, test } from '@jest/globals';

import { cgi, post, serve } from './serve.ts';
import { waitFor } from './wait-for.ts';

const BODY_BYTES = 6;
const ANSWER = Buffer.alloc(3_000_000);

type Enter = (storage: AsyncLocalStorage<string>, user: string, run: () => void) => void;

const ways: readonly (readonly [string, Enter])[] = [
  [
    'entered',
    (storage, user, run) => {
      storage.enterWith(user);
      run();
    },
  ],
  [
    'run',
    (storage, user, run) => {
      storage.run(user, run);
    },
  ],
];

test.each(ways)(
  'what a request has %s is there in its own events alone, as in plain Node',
  async (_, enter) => {
    const plain = observe(enter);
    await inPlainNode(plain.handler, plain.isOver);
    const ours = observe(enter);
    await onOneLink(ours.handler, ours.isOver);
    expect(ours.seen()).toEqual(plain.seen());
  },
);

test('who has written is told in his own context when answers have left together', async () => {
  const storage = new AsyncLocalStorage<string>();
  const seen: (readonly string[])[] = [];
  const served = serve((req, res) => {
    const { url = '' } = req;
    // Behind the first, which the link cannot take at once, the others wait for each other.
    storage.run(url, () =>
      res.end(url === '/first' ? ANSWER : url, () => seen.push([url, storage.getStore() ?? 'nobody'])),
    );
  });
  const { client, bridge } = served.connect();
  const urls = ['/first', '/second', '/third'];
  for (const url of urls)
    client.request({ params: cgi({ REQUEST_URI: url }), keepConnection: true, stdin: Buffer.alloc(0) });
  await new Promise(setImmediate);
  bridge.resume();
  await waitFor(() => seen.length === urls.length, { what: 'the answers to leave' });
  expect(seen).toEqual(urls.map((url) => [url, url]));
});

/** A handler that enters its storage with the user in the URL, and what that holds in each of its events. */
function observe(enter: Enter): {
  readonly handler: RequestListener;
  readonly isOver: () => boolean;
  readonly seen: () => readonly string[];
} {
  const storage = new AsyncLocalStorage<string>();
  const seen = new Set<string>();
  let closed = 0;
  const handler: RequestListener = (req, res) => {
    const user = req.url ?? '';
    const note = (event: string) => () => seen.add(`${user}: ${storage.getStore() ?? 'nobody'} in ${event}`);
    note('the handler')();
    enter(storage, user, () => {
      req.on('data', note('data')).on('end', note('end')).on('close', note('close of req'));
      res.on('drain', note('drain')).on('finish', note('finish')).on('close', note('close of res'));
      res.on('close', () => closed++);
      req.once('data', () => {
        res.write(ANSWER, note('the callback of a write'));
      });
      res.once('drain', () => req.on('end', () => res.end()));
    });
  };
  return { handler, isOver: () => closed === 2, seen: () => [...seen].sort() };
}

/** Both begin before either is complete. */
async function inTurns(first: Exchange, second: Exchange): Promise<void> {
  for (const { send } of [first, second]) {
    send(Buffer.alloc(BODY_BYTES / 2));
    await new Promise(setImmediate);
  }
  await waitFor(() => first.bytes() >= ANSWER.length && second.bytes() >= ANSWER.length, {
    what: 'both answers',
  });
  for (const { send } of [first, second]) send(Buffer.alloc(BODY_BYTES / 2));
}

interface Exchange {
  readonly send: (bytes: Buffer) => void;
  /** Bytes of the answer. */
  readonly bytes: () => number;
}

async function inPlainNode(handler: RequestListener, isOver: () => boolean): Promise<void> {
  const server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const open = (url: string): Exchange => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').resume();
    socket.write(`POST ${url} HTTP/1.1\r\nHost: a\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`);
    return { send: (bytes) => socket.write(bytes), bytes: () => socket.bytesRead };
  };
  await inTurns(open('/first'), open('/second'));
  await waitFor(isOver, { what: 'both requests to close' });
  server.close();
  server.closeAllConnections();
}

/** Over a real socket: a pair in memory carries the asynchronous context of the test. */
async function onOneLink(handler: RequestListener, isOver: () => boolean): Promise<void> {
  const served = serve(handler);
  const listener = createNetServer((socket) => served.link(socket)).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const socket = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const client = new ClientConnection(socket);
  socket.on('data', (chunk: Buffer) => {
    client.push(chunk);
  });
  const open = (url: string): Exchange => {
    let bytes = 0;
    const request = client.request({
      params: cgi(post(BODY_BYTES, { REQUEST_URI: url })),
      keepConnection: true,
      onStdout: (content) => (bytes += content.length),
    });
    return { send: (content) => request.writeStdin(content), bytes: () => bytes };
  };
  await inTurns(open('/first'), open('/second'));
  await waitFor(isOver, { what: 'both requests to close' });
  socket.destroy();
  listener.close();
}
