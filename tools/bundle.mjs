// Writes the programs of each package to its dist/, beside the declarations of tsc: one file per entry and what they share,
// where a file per module would be found, read and linked one by one at each start of a process.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

import { build } from 'esbuild';

import { compiledTemplates } from './compiled-templates.mjs';

const root = path.dirname(import.meta.dirname);

/** Entries beside the exports of a package: started, loaded into other threads, or imported by path (tests, bench/). */
const programs = {
  bridge: ['spawn-worker'],
  cli: ['main', 'run-command-line', 'worker-environment'],
  supervisor: ['guard'],
  worker: ['decorator-hook', 'module-graph-hook', 'provide-api-hook', 'register-typescript'],
};

for (const name of readdirSync(path.join(root, 'packages'))) await bundle(name);

async function bundle(name) {
  const directory = path.join(root, 'packages', name);
  const dist = path.join(directory, 'dist');
  if (!existsSync(dist)) return; // tsc was not asked for it
  const { outputs } = (
    await build({
      absWorkingDir: root,
      entryPoints: findEntries(name, directory).map((entry) => path.join(directory, 'src', `${entry}.ts`)),
      outdir: dist,
      bundle: true,
      splitting: true,
      packages: 'external',
      plugins: [compiledTemplates],
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      sourcemap: 'linked',
      sourcesContent: false,
      metafile: true,
      logLevel: 'warning',
    })
  ).metafile;
  removeOthers(dist, new Set(Object.keys(outputs).map((file) => path.resolve(root, file))));
}

function findEntries(name, directory) {
  const { exports } = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
  const exported = Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [] : [path.basename(target.default, '.js')],
  );
  return [...new Set([...exported, ...(programs[name] ?? [])])];
}

/** What an earlier build has left. */
function removeOthers(dist, files) {
  for (const name of readdirSync(dist)) {
    const file = path.join(dist, name);
    if (/\.js(?:\.map)?$/.test(name) && !files.has(file)) rmSync(file);
  }
}
