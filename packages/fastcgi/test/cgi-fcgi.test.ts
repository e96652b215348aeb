import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { Role } from '../src/index.ts';
import { UnixResponder } from './unix-responder.ts';

const program = '/usr/bin/cgi-fcgi';
const isInstalled = existsSync(program);
const isRequired = process.env['REQUIRE_CGI_FCGI'] === '1';

if (!isInstalled)
  console.warn(`${program} is missing (Debian: package libfcgi-bin): its interoperability is not tested`);

test('cgi-fcgi is there where it was promised', () => {
  expect({ isRequired, isInstalled }).not.toEqual({ isRequired: true, isInstalled: false });
});

(isInstalled ? describe : describe.skip)('cgi-fcgi', () => {
  let responder: UnixResponder;

  beforeAll(async () => {
    responder = await UnixResponder.start({
      onRequest: (request) => {
        const body: Buffer[] = [];
        request.onStdin = (chunk) => body.push(chunk);
        request.onStdinEnd = () => {
          const answer = {
            role: request.role,
            keepConnection: request.keepConnection,
            ...Object.fromEntries(request.params),
          };
          request.writeStderr(Buffer.from(request.params.get('COMPLAINT') ?? ''));
          request.writeStdout(Buffer.from(`Status: 200 OK\r\n\r\n${JSON.stringify(answer)}\n`));
          request.end(Buffer.concat(body), Number(request.params.get('EXIT') ?? 0));
        };
      },
    });
  });

  afterAll(async () => {
    await responder.stop();
    expect(responder.errors).toEqual([]);
  });

  test('its environment arrives as PARAMS, its input as STDIN, and our STDOUT is its output', async () => {
    const env = { REQUEST_METHOD: 'POST', CONTENT_LENGTH: '4', EMPTY: '', LONG: 'x'.repeat(1000) };
    const { stdout, exitCode } = await run(responder, env, Buffer.from('body'));
    const [head, answer, body] = split(stdout);
    expect(head).toBe('Status: 200 OK\r\n\r\n');
    expect(JSON.parse(answer)).toMatchObject({ ...env, role: Role.Responder, keepConnection: false });
    expect(body).toBe('body');
    expect(exitCode).toBe(0);
  });

  test('a request without body is answered', async () => {
    const [, answer, body] = split((await run(responder, { REQUEST_METHOD: 'GET' })).stdout);
    expect(JSON.parse(answer)).toMatchObject({ REQUEST_METHOD: 'GET' });
    expect(body).toBe('');
  });

  test('bytes above 127 survive in both directions', async () => {
    const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const [, , body] = split((await run(responder, { CONTENT_LENGTH: '256' }, every)).stdout);
    expect(Buffer.from(body, 'latin1').equals(every)).toBe(true);
  });

  test('a body of several records arrives whole', async () => {
    const sent = Buffer.alloc(300_000, '0123456789abc');
    const [, , body] = split((await run(responder, { CONTENT_LENGTH: '300000' }, sent)).stdout);
    expect(Buffer.from(body, 'latin1').equals(sent)).toBe(true);
  });

  test('our STDERR is its standard error, our appStatus its exit status', async () => {
    const { stderr, exitCode } = await run(responder, { COMPLAINT: 'oops', EXIT: '3' });
    expect({ stderr, exitCode }).toEqual({ stderr: 'oops', exitCode: 3 });
  });

  test('several at once get their own answers', async () => {
    const bodies = Array.from({ length: 8 }, (_, index) => `body of ${index}`.repeat(100));
    const sent = bodies.map((body) =>
      run(responder, { CONTENT_LENGTH: String(body.length) }, Buffer.from(body)),
    );
    const received = (await Promise.all(sent)).map(({ stdout }) => split(stdout)[2]);
    expect(received).toEqual(bodies);
  });
});

interface Run {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

function run(
  responder: UnixResponder,
  env: Record<string, string>,
  stdin: Buffer = Buffer.alloc(0),
): Promise<Run> {
  const child = spawn(program, ['-bind', '-connect', responder.socketPath], { env, timeout: 20_000 });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined); // EPIPE: the exit status and the output tell what happened.
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => {
      resolve({ stdout: join(stdout), stderr: join(stderr), exitCode });
    });
  });
}

function join(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString('latin1');
}

/** Head, the line that the application wrote, and the body it echoed. */
function split(stdout: string): [head: string, answer: string, body: string] {
  const answerStart = stdout.indexOf('\r\n\r\n') + 4;
  const bodyStart = stdout.indexOf('\n', answerStart) + 1;
  return [stdout.slice(0, answerStart), stdout.slice(answerStart, bodyStart), stdout.slice(bodyStart)];
}
