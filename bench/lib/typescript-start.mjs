/** Starts an Express 5 app of eleven TypeScript files in a worker, as the bridge does, and under `node --import tsx`. */
import { spawn } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { spawnWorker } from '../../packages/bridge/dist/spawn-worker.js';
import { workerDefaults } from '../../packages/cli/dist/worker-environment.js';
import { toWorkerSettings } from './worker-settings.mjs';

const root = path.join(import.meta.dirname, '../..');
const workerMain = path.join(root, 'packages/worker/dist/main.js');
const tsx = pathToFileURL(createRequire(workerMain).resolve('tsx')).href;

/** The two ways to run it. */
const kinds = ['plain', 'worker'];

/**
 * Takes turns. Settles with what was measured per kind: `readyMs` and `cpuMs` until the app listens, of each process, and
 * `privateMiB` of all that ran at the same time, of each round.
 */
export async function compareStarts({ node, rounds, processes }) {
  const scratch = mkdtempSync(path.join(tmpdir(), 'express-bench-'));
  try {
    chmodSync(scratch, 0o755);
    writeApp(scratch);
    for (const kind of kinds) await stopAll([await start(kind, { node, scratch, index: 0 })]); // fills the compile cache
    const measured = Object.fromEntries(
      kinds.map((kind) => [kind, { readyMs: [], cpuMs: [], privateMiB: [] }]),
    );
    for (let round = 0; round < rounds; round += 1)
      for (const kind of kinds) {
        const all = await Promise.all(
          Array.from({ length: processes }, (_, index) => start(kind, { node, scratch, index })),
        );
        measured[kind].readyMs.push(...all.map(({ readyMs }) => readyMs));
        measured[kind].cpuMs.push(...all.map(({ cpuMs }) => cpuMs));
        measured[kind].privateMiB.push(all.reduce((sum, { child }) => sum + privateMiB(child.pid), 0));
        await stopAll(all);
      }
    return measured;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Settles when the app listens. */
function start(kind, { node, scratch, index }) {
  const began = performance.now();
  const child = kind === 'worker' ? startWorker({ node, scratch, index }) : startPlain({ node, scratch });
  child.stdout.resume();
  child.stderr.pipe(process.stderr, { end: false });
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message === 'listening' ? kind === 'plain' : message.type === 'ready')
        resolve({ child, readyMs: performance.now() - began, cpuMs: cpuTimeMs(child.pid) });
      if (message.type === 'failed') reject(new Error(JSON.stringify(message)));
    });
    child.on('exit', (code) => reject(new Error(`${kind} ended with ${code}`)));
  });
}

function startPlain({ node, scratch }) {
  return spawn(node, ['--import', tsx, 'app.ts'], {
    cwd: scratch,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

function startWorker({ node, scratch, index }) {
  const child = spawnWorker({
    mainPath: workerMain,
    workingDirectory: scratch,
    env: { ...workerDefaults, ...process.env },
    launch: { nodePath: node, nodeOptions: [] },
    importFlags: [],
  });
  const settings = toWorkerSettings({
    entry: path.join(scratch, 'app.ts'),
    socketPath: path.join(scratch, `${index}.sock`),
    id: index + 1,
  });
  child.send({ type: 'configure', settings });
  return child;
}

async function stopAll(started) {
  await Promise.all(
    started.map(({ child }) => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      return exited;
    }),
  );
}

/** User and system time of every thread. */
function cpuTimeMs(pid) {
  return readdirSync(`/proc/${pid}/task`).reduce(
    (sum, thread) =>
      sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6,
    0,
  );
}

/** The process and what it has started, such as a compiler. */
function privateMiB(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
  return kib / 1024 + children.reduce((sum, child) => sum + privateMiB(child), 0);
}

function writeApp(scratch) {
  const names = Array.from({ length: 10 }, (_, index) => `route${index}`);
  mkdirSync(path.join(scratch, 'node_modules'));
  symlinkSync(
    path.join(root, 'examples/express-app/node_modules/express'),
    path.join(scratch, 'node_modules/express'),
  );
  writeFileSync(path.join(scratch, 'package.json'), '{ "type": "module" }');
  for (const name of names)
    writeFileSync(
      path.join(scratch, `${name}.ts`),
      `import { Router, type Request, type Response } from 'express';
enum Kind { A, B }
interface Thing { readonly kind: Kind; readonly path: string }
export const ${name} = Router();
${name}.get('/${name}', (req: Request, res: Response): void => {
  const thing: Thing = { kind: Kind.B, path: req.path };
  res.json(thing);
});
`,
    );
  const imports = names.map((name) => `import { ${name} } from './${name}.ts';`);
  writeFileSync(
    path.join(scratch, 'app.ts'),
    `import express from 'express';
${imports.join('\n')}
const app = express();
app.use(${names.join(', ')});
app.listen(0, '127.0.0.1', () => { process.send?.('listening') });
`,
  );
}
