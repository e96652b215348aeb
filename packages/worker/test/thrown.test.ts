/** What becomes of other requests when the app throws for one, and listens for what it throws. */
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { ClientConnection, type ClientRequest } from '@httpd-express/fastcgi';
import { afterEach, expect, test } from '@jest/globals';

import { cgi, post, text } from './serve.ts';
import { waitFor } from './wait-for.ts';
import { WorkerProcess } from './worker-process.ts';

const BODY = Buffer.from('abc');

let worker: WorkerProcess;
let socket: Socket;

afterEach(async () => {
  socket.destroy();
  await worker.dispose();
});

/** Throws where the row says and answers then; `waiting` waits for /go, which is answered when both are closed. */
const toApp = (throwing: string): string => `
  let caught = 0;
  let open = 2;
  let waiting;
  let go;
  const goOn = () => open === 0 && go?.end(String(caught));
  process.on('uncaughtException', () => caught++);
  export default (req, res) => {
    const fail = () => {
      setImmediate(() => res.end());
      throw new Error('thrown');
    };
    if (req.url === '/go') {
      go = res;
      waiting.end();
      goOn();
      return;
    }
    res.on('close', () => {
      open -= 1;
      goOn();
    });
    if (req.url === '/waiting') waiting = res;
    else ${throwing};
  };`;

/** The two answers leave together behind so much. */
const together = `res.write(Buffer.alloc(1e6)), res.write('x'), setImmediate(() => waiting.end('x'))`;
const sendBody = (request: ClientRequest): unknown => request.writeStdin(BODY);
const abort = (request: ClientRequest): unknown => request.abort();
const leave = (): undefined => undefined;

test.each<[string, string, (request: ClientRequest) => unknown]>([
  ['the handler', `fail()`, leave],
  ['data of the request', `req.on('data', fail)`, sendBody],
  ['close of the response', `res.on('close', fail)`, abort],
  ['the callback of a write', `(res.write('x', fail), res.end())`, leave],
  ['drain of the response', `(res.on('drain', fail), ${together})`, leave],
])('what is thrown in %s leaves it and the others to be answered', async (_, throwing, act) => {
  worker = await WorkerProcess.start({ 'app.mjs': toApp(throwing) });
  await worker.ready();
  const client = await openLink();
  const [other] = send(client, '/waiting');
  const [thrower, request] = send(client, '/');
  await worker.send({ CONTENT_LENGTH: 'x' }); // answered 400, after the worker has begun both
  act(request);
  expect(await thrower).toBe('answered');
  let caught: string | undefined;
  void worker.send({ REQUEST_URI: '/go' }).then((response) => (caught = text(response)));
  await waitFor(() => caught !== undefined, { what: 'both responses to close' });
  expect([caught, await other]).toEqual(['1', 'answered']);
});

async function openLink(): Promise<ClientConnection> {
  socket = connect(worker.socketPath);
  await once(socket, 'connect');
  const client = new ClientConnection(socket);
  socket.on('data', (chunk) => {
    client.push(chunk);
  });
  socket.on('close', () => {
    client.closed();
  });
  return client;
}

/** Sends a request whose body the test may send, and tells what becomes of it. */
function send(client: ClientConnection, url: string): readonly [Promise<string>, ClientRequest] {
  const end = new EventEmitter();
  const request = client.request({
    params: cgi(post(BODY.length, { REQUEST_URI: url })),
    keepConnection: true,
    onEnd: () => end.emit('end', 'answered'),
    onClosed: () => end.emit('end', 'lost'),
  });
  return [once(end, 'end').then(([what]) => what as string), request];
}
