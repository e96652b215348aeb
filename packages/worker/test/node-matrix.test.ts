/** Every feature of TypeScript under every Node and loader that has it, asked of a worker itself. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from '@jest/globals';

import { features, type Project, toApp } from './typescript-features.ts';
import { WorkerProcess } from './worker-process.ts';

const repository = path.join(import.meta.dirname, '../../..');
const { installNodes, nodeVersions } = (await import(
  pathToFileURL(path.join(repository, 'tools/install-nodes.mjs')).href
)) as { installNodes: () => Promise<string[]>; nodeVersions: readonly string[] };

const compilers = {
  swc: { 'node_modules/@swc/core': path.join(repository, 'packages/worker/node_modules/@swc/core') },
  typescript: { 'node_modules/typescript': path.join(repository, 'node_modules/typescript') },
};

const projects: readonly { title: string; project: Project; links?: Readonly<Record<string, string>> }[] = [
  { title: 'tsx, ES modules', project: { type: 'module', loader: 'auto', hasMetadata: false } },
  { title: 'tsx, CommonJS', project: { type: 'commonjs', loader: 'auto', hasMetadata: false } },
  {
    title: 'tsx with swc, ES modules',
    project: { type: 'module', loader: 'auto', hasMetadata: true },
    links: compilers.swc,
  },
  {
    title: 'tsx with swc, CommonJS',
    project: { type: 'commonjs', loader: 'auto', hasMetadata: true },
    links: compilers.swc,
  },
  {
    title: 'tsx with TypeScript, CommonJS',
    project: { type: 'commonjs', loader: 'auto', hasMetadata: true },
    links: compilers.typescript,
  },
  { title: 'one bundle, an ES module', project: { type: 'module', loader: 'bundle', hasMetadata: false } },
  { title: 'one bundle, CommonJS', project: { type: 'commonjs', loader: 'bundle', hasMetadata: false } },
  {
    title: 'one bundle with swc, an ES module',
    project: { type: 'module', loader: 'bundle', hasMetadata: true },
    links: compilers.swc,
  },
  { title: 'native, ES modules', project: { type: 'module', loader: 'native', hasMetadata: false } },
];

const nodes = await installNodes();

describe.each(nodeVersions.map((version, index) => [version, nodes[index] ?? ''] as const))(
  'Node %s loads',
  (version, node) => {
    const possible = projects.filter(
      ({ project }) => project.loader !== 'native' || !version.startsWith('20.'),
    );

    test('for an app without TLS, HTTP/2 and fetch none of what they take', async () => {
      const worker = await WorkerProcess.start(
        { 'app.cjs': `module.exports = (req, res) => res.end(process.moduleLoadList.join());` },
        { node },
      );
      try {
        await worker.ready();
        const loaded = (await worker.send()).body.toString().split(',');
        expect(loaded).toContain('NativeModule http');
        expect(loaded).not.toContain('NativeModule tls');
        expect(loaded).not.toContain('NativeModule http2');
        expect(loaded).not.toContain('NativeModule internal/deps/undici/undici');
      } finally {
        await worker.dispose();
      }
    });

    describe.each(possible.map((row) => [row.title, row] as const))(
      'with %s,',
      (_, { project, links = {} }) => {
        let answer: Promise<Readonly<Record<string, unknown>>> | undefined;
        const ask = async (): Promise<Readonly<Record<string, unknown>>> => {
          const worker = await WorkerProcess.start(toApp(project), {
            node,
            app: { loader: project.loader },
            links: { ...links, 'node_modules/@workspace/shared': '../../../shared' },
          });
          try {
            await worker.ready();
            return JSON.parse((await worker.send()).body.toString()) as Readonly<Record<string, unknown>>;
          } finally {
            await worker.dispose();
          }
        };

        test.each(
          features.flatMap(({ title, expected, appliesTo = () => true }) =>
            appliesTo(project) ? [[title, expected] as const] : [],
          ),
        )('%s', async (title, expected) => {
          answer ??= ask();
          const found = (await answer)[title];
          if (expected instanceof RegExp) expect(found).toMatch(expected);
          else expect(found).toEqual(expected);
        });
      },
    );
  },
);
