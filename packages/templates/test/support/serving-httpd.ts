import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { TemplateInput } from '../../src/input.ts';
import { writeServerRoot } from './server-root.ts';
import { waitFor } from './wait-for.ts';

/** A running httpd, with what it wrote to its standard streams. */
export interface ServingHttpd {
  readonly port: number;
  readonly pid: number;
  output(): { readonly stdout: string; readonly stderr: string };
  /**
   * Resolves with the exit status once httpd and whatever holds its streams are gone. Calls `meanwhile` when httpd alone
   * is.
   */
  stop(meanwhile?: () => void): Promise<number | null>;
}

/** A directory every account can enter; its owner removes it. */
export function temporaryRoot(): { path: string; remove: () => void } {
  const root = mkdtempSync(path.join(tmpdir(), 'templates-'));
  chmodSync(root, 0o755);
  return {
    path: root,
    remove: () => {
      rmSync(root, { recursive: true });
    },
  };
}

/** Writes the server root and runs httpd in the foreground on a free port of 127.0.0.1, as nobody when we are root. */
export async function serve(settings: TemplateInput): Promise<ServingHttpd> {
  const port = await freePort();
  const input = {
    ...settings,
    listen: { host: '127.0.0.1', port },
    ...(process.getuid?.() === 0 ? { runAs: { user: '#65534', group: '#65534' } } : {}),
  };
  const child = spawn(input.build.realPath, ['-f', writeServerRoot(input), '-DFOREGROUND'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ending, the prefork MPM sends SIGTERM to its whole process group, foreground or not.
    detached: true,
  });
  const closed = once(child, 'close');
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  await waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`httpd did not start: ${output.stderr}${errorLog(input)}`);
      return accepts(port);
    },
    { within: 10_000, what: `httpd on port ${port}` },
  );
  return {
    port,
    pid: child.pid ?? 0,
    output: () => output,
    stop: async (meanwhile) => {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      meanwhile?.();
      await closed;
      return child.exitCode;
    },
  };
}

function errorLog({ logs }: TemplateInput): string {
  return logs.error.kind === 'file' && existsSync(logs.error.path)
    ? readFileSync(logs.error.path, 'utf8')
    : '';
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    socket.once('connect', () =>
      socket.end(() => {
        resolve(true);
      }),
    );
    socket.once('error', () => {
      resolve(false);
    });
  });
}
