// Installs the Node versions that workers are tested with into .cache/node/, from npm; each is looked for first.
// usage: node tools/install-nodes.mjs
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const cache = path.join(path.dirname(import.meta.dirname), '.cache/node');

/** One of each line that is supported; the oldest that is allowed comes first. */
export const nodeVersions = ['20.19.0', '22.23.3', '24.21.0', '26.10.0'];

/** Settles with the executables, in the order of `nodeVersions`. */
export function installNodes() {
  return Promise.all(nodeVersions.map(installNode));
}

async function installNode(version) {
  const name = `node-${process.platform}-${process.arch}`;
  const home = path.join(cache, version);
  const executable = path.join(home, 'node_modules', name, 'bin/node');
  if (existsSync(executable)) return executable;
  mkdirSync(cache, { recursive: true });
  // Two tests may want it at the same time: whoever is late finds the directory in place.
  const staging = mkdtempSync(path.join(cache, 'staging-'));
  chmodSync(staging, 0o755); // the app's account runs it
  try {
    await run('npm', [
      'install',
      '--prefix',
      staging,
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      `${name}@${version}`,
    ]);
    if (!existsSync(home)) renameSync(staging, home);
  } catch (error) {
    if (!existsSync(executable)) throw error;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return executable;
}

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`));
    });
  });
}

if (process.argv[1] === import.meta.filename) console.log((await installNodes()).join('\n'));
