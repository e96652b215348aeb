// An Express 5 app in TypeScript, in a worker and under `node --import tsx`: time until it listens, and private memory.
// usage: node bench/typescript.mjs [rounds] [node]   medians, taken in turns; `node` runs both sides
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

const rounds = Number(process.argv[2] ?? 9);
const node = process.argv[3] ?? process.execPath;
const PROCESSES = 4;
const root = path.dirname(import.meta.dirname);
const workerMain = path.join(root, 'packages/worker/dist/main.js');
const tsx = pathToFileURL(createRequire(workerMain).resolve('tsx')).href;

const scratch = mkdtempSync(path.join(tmpdir(), 'express-bench-'));
chmodSync(scratch, 0o755);
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
writeApp();

const starts = { plain: [], worker: [] };
const cpu = { plain: [], worker: [] };
const memory = { plain: [], worker: [] };
for (const kind of ['plain', 'worker']) await stopAll([await start(kind, 0)]); // fills the compile cache
for (let round = 0; round < rounds; round += 1)
  for (const kind of ['plain', 'worker']) {
    const one = await start(kind, 0);
    starts[kind].push(one.readyMs);
    cpu[kind].push(one.cpuMs);
    await stopAll([one]);
  }
for (let round = 0; round < 3; round += 1)
  for (const kind of ['plain', 'worker']) {
    const all = await Promise.all(Array.from({ length: PROCESSES }, (_, index) => start(kind, index)));
    memory[kind].push(all.reduce((sum, { child }) => sum + privateMiB(child.pid), 0));
    await stopAll(all);
  }

report(`ready, ms`, starts);
report(`CPU time until then, ms`, cpu);
report(`private memory of ${PROCESSES}, MiB`, memory);

function report(title, { plain, worker }) {
  const [a, b] = [median(plain), median(worker)];
  console.log(
    `${title.padEnd(30)} node --import tsx ${a.toFixed(0).padStart(5)}   worker ${b.toFixed(0).padStart(5)}   ratio ${(b / a).toFixed(2)}`,
  );
}

/** Settles when the app listens. */
function start(kind, index) {
  const began = performance.now();
  const args = { plain: ['--import', tsx, 'app.ts'], worker: [workerMain] }[kind];
  const child = spawn(node, args, { cwd: scratch, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  if (kind === 'worker') child.send({ type: 'configure', settings: settingsOf(index) });
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message === 'listening' ? kind === 'plain' : message.type === 'ready')
        resolve({ child, readyMs: performance.now() - began, cpuMs: cpuTimeMs(child.pid) });
      if (message.type === 'failed') reject(new Error(JSON.stringify(message)));
    });
    child.on('exit', (code) => reject(new Error(`${kind} ended with ${code}`)));
  });
}

function settingsOf(index) {
  return {
    app: { kind: 'script', entry: path.join(scratch, 'app.ts'), mountPoint: '/' },
    socketPath: path.join(scratch, `${index}.sock`),
    processGroup: 'bench',
    heartbeatIntervalMs: 1000,
    reportsFiles: false,
    publicAddress: { address: '127.0.0.1', port: 8000 },
    capacity: { processes: 1, concurrency: 100 },
  };
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

function writeApp() {
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

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
