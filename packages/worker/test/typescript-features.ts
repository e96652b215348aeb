/** What TypeScript apps are made of: one small module per feature, and what it exports when it was loaded rightly. */
import type { Files } from './worker-process.ts';

/** How the files of an app are loaded. */
export interface Project {
  readonly type: 'module' | 'commonjs';
  readonly loader: 'auto' | 'native' | 'bundle';
  /** Whether the tsconfig.json has experimentalDecorators and emitDecoratorMetadata. */
  readonly hasMetadata: boolean;
}

/** One row of the table. */
export interface Feature {
  readonly title: string;
  /** Text by path; the first is the module whose default export is looked at. */
  readonly files: Files;
  /** What it exports; a pattern for text. */
  readonly expected: unknown;
  /** Where it can be had; everywhere unless it says so. */
  readonly appliesTo?: (project: Project) => boolean;
}

const notNative = ({ loader }: Project): boolean => loader !== 'native';
const inEsm = ({ type }: Project): boolean => type === 'module';
const inCommonJs = ({ type }: Project): boolean => type === 'commonjs';

const legacyDecorator = `
  const seen: string[] = [];
  function Mark(name: string) { return (target: object, key?: string | symbol) => { seen.push(name + ':' + String(key ?? (target as { name: string }).name)) } }
  @Mark('class') class Thing { @Mark('field') field = 1; @Mark('method') run(): number { return this.field } }
  export default [...seen, new Thing().run()];`;

const metadata = `
  import { Service } from './service.ts';
  const types: unknown[] = [];
  const reflect = Reflect as unknown as { metadata: (key: string, value: unknown) => unknown };
  reflect.metadata = (key, value) => () => { if (key === 'design:paramtypes') types.push(...(value as { name: string }[]).map(({ name }) => name)) };
  /** @internal with a tag that is no decorator */
  function Injectable(): (target: object) => void { return () => undefined }
  @Injectable() class Controller { constructor(readonly service: Service, readonly limit: number) {} }
  export default [types, new Controller(new Service(), 2).service.hello()];`;

export const features: readonly Feature[] = [
  {
    title: 'types',
    files: {
      'types.ts': `interface A { readonly b: number } type C = A['b']; const d = <T,>(e: T): T => e; export default (d<C>(1) satisfies number) as number;`,
    },
    expected: 1,
  },
  {
    title: 'an enum, also a const one',
    files: { 'enums.ts': `enum A { B = 2 } const enum C { D = 'd' } export default [A.B, A[2], C.D];` },
    expected: [2, 'B', 'd'],
    appliesTo: notNative,
  },
  {
    title: 'a namespace',
    files: { 'namespaces.ts': `namespace A { export const b = 1 } export default A.b;` },
    expected: 1,
    appliesTo: notNative,
  },
  {
    title: 'parameter properties',
    files: {
      'properties.ts': `class A { constructor(private readonly b: number) {} get c(): number { return this.b } } export default new A(1).c;`,
    },
    expected: 1,
    appliesTo: notNative,
  },
  {
    title: 'legacy decorators',
    files: { 'legacy.ts': legacyDecorator },
    expected: ['field:field', 'method:run', 'class:Thing', 1],
    appliesTo: (project) => project.hasMetadata,
  },
  {
    title: 'the metadata of decorators',
    files: {
      'metadata.ts': metadata,
      'service.ts': `export class Service { hello(): string { return 'injected' } }`,
    },
    expected: [['Service', 'Number'], 'injected'],
    appliesTo: (project) => project.hasMetadata,
  },
  {
    title: 'standard decorators',
    files: {
      'standard.ts': `function twice(run: () => number, _context: ClassMethodDecoratorContext) { return () => run() * 2 } class A { @twice b(): number { return 2 } } export default new A().b();`,
    },
    expected: 4,
    appliesTo: (project) => notNative(project) && !project.hasMetadata,
  },
  {
    title: 'paths of tsconfig.json',
    files: {
      'paths.ts': `import { here } from '@library/place'; export default here;`,
      '../library/place.ts': `export const here = 'library';`,
    },
    expected: 'library',
    appliesTo: notNative,
  },
  {
    title: 'imports without an extension and with that of JavaScript',
    files: {
      'extensions.ts': `import { a } from './bare'; import { b } from './mapped.js'; export default [a, b];`,
      'bare.ts': `export const a: number = 1;`,
      'mapped.ts': `export const b: number = 2;`,
    },
    expected: [1, 2],
    appliesTo: notNative,
  },
  {
    title: 'a type that is imported like a value',
    files: {
      'imported-type.ts': `import { Shape, area } from './shapes.ts'; const a: Shape = { side: 2 }; export default area(a);`,
      'shapes.ts': `export interface Shape { side: number } export const area = ({ side }: Shape): number => side ** 2;`,
    },
    expected: 4,
    appliesTo: notNative,
  },
  {
    title: 'packages of either kind',
    files: {
      'packages.ts': `import common, { named } from 'common-package'; import { modern } from 'modern-package'; export default [common.named, named, modern];`,
      '../node_modules/common-package/index.js': `exports.named = 'common';`,
      '../node_modules/modern-package/package.json': `{ "type": "module", "exports": { "import": "./index.js", "require": "./index.js" } }`,
      '../node_modules/modern-package/index.js': `export const modern = 'modern';`,
    },
    expected: ['common', 'common', 'modern'],
  },
  {
    title: 'a package of the workspace that is TypeScript, through its link',
    files: {
      'workspace.ts': `import { shared } from '@workspace/shared'; export default shared;`,
      '../../shared/package.json': `{ "name": "@workspace/shared", "main": "./src/index.ts" }`,
      '../../shared/src/index.ts': `import { Kind } from './kind'; export const shared = Kind.Shared;`,
      '../../shared/src/kind.ts': `export enum Kind { Shared = 'shared' }`,
    },
    expected: 'shared',
    appliesTo: notNative,
  },
  {
    title: 'JSX of React',
    files: {
      'react.tsx': `export default <p title="a">b</p>;`,
      '../node_modules/react/package.json': `{ "exports": { "./jsx-runtime": "./jsx-runtime.js" } }`,
      '../node_modules/react/jsx-runtime.js': `exports.jsx = exports.jsxs = (type, props) => ['react', type, props];`,
    },
    expected: ['react', 'p', { title: 'a', children: 'b' }],
    appliesTo: notNative,
  },
  {
    title: 'JSX of another library, named in the file',
    files: {
      'hono.tsx': `/** @jsxImportSource hono/jsx */\nexport default <p>b</p>;`,
      '../node_modules/hono/package.json': `{ "exports": { "./jsx/jsx-runtime": "./jsx-runtime.js" } }`,
      '../node_modules/hono/jsx-runtime.js': `exports.jsx = exports.jsxs = (type, props) => ['hono', type, props];`,
    },
    expected: ['hono', 'p', { children: 'b' }],
    appliesTo: notNative,
  },
  {
    title: 'the line and column of its source in a stack',
    files: {
      'stack.ts': `interface Padding {\n  a: string\n}\n\nfunction fail(): string {\n  const unused: Padding | undefined = undefined; return new Error(String(unused)).stack ?? '';\n}\nexport default fail();\n`,
    },
    expected: /features\/stack\.ts:6:57\)?\n.*features\/stack\.ts:8:16/,
  },
  {
    title: 'its own place',
    files: {
      'place.ts': `export default [import.meta.url, import.meta.dirname, import.meta.filename].map((each) => each?.replace(/.*\\/features/, ''));`,
    },
    expected: ['/place.ts', '', '/place.ts'],
    appliesTo: inEsm,
  },
  {
    title: 'its own place, as __filename and __dirname',
    files: {
      'common-place.ts': `export default [__filename, __dirname].map((each) => each.replace(/.*\\/features/, ''));`,
    },
    expected: ['/common-place.ts', ''],
    appliesTo: (project) => inCommonJs(project) && notNative(project),
  },
  {
    title: 'await at the top level',
    files: { 'await.ts': `export default await Promise.resolve(1);` },
    expected: 1,
    appliesTo: inEsm,
  },
  {
    title: 'modules found on disk',
    files: {
      'autoload.ts': `import { readdirSync } from 'node:fs'; import path from 'node:path';
        const directory = path.join(process.cwd(), 'plugins');
        export default Promise.all(readdirSync(directory).sort().map(async (name) => { const { plugin } = await import(path.join(directory, name)); return plugin }));`,
      '../plugins/a.ts': `enum Kind { A = 'a' }\nexport const plugin: string = Kind.A;`,
      '../plugins/b.ts': `export const plugin: string = 'b';`,
    },
    expected: ['a', 'b'],
    appliesTo: (project) => project.loader === 'auto',
  },
  {
    title: 'modules found on disk, by require',
    files: {
      'required.ts': `import path from 'node:path';\nexport default require(path.join(process.cwd(), 'plugins/a.ts')).plugin;`,
    },
    expected: 'a',
    appliesTo: (project) => inCommonJs(project) && project.loader === 'auto',
  },
  {
    title: 'a program of its own that it forks',
    files: {
      'forking.ts': `import { fork } from 'node:child_process'; import path from 'node:path';
        export default new Promise((resolve) => fork(path.join(process.cwd(), 'job.ts'), { stdio: 'ignore', serialization: 'json' }).on('message', resolve).on('exit', (code) => resolve('exit ' + String(code))));`,
      '../job.ts': `enum Job { Done = 'done' }\nprocess.send?.(Job.Done, () => process.disconnect());`,
    },
    expected: 'done',
    appliesTo: (project) => project.loader === 'auto' && !project.hasMetadata,
  },
];

/** The features of a project as an app, which answers with what each of them exports. */
export function toApp(project: Project): Files {
  const chosen = features.filter(({ appliesTo = () => true }) => appliesTo(project));
  const load = project.type === 'module' ? 'import' : 'require';
  const rows = chosen.map(({ title, files }) => {
    const [name = ''] = Object.keys(files);
    return `  [${JSON.stringify(title)}, async () => ${load}('./features/${name}')],`;
  });
  const app = `import type { IncomingMessage, ServerResponse } from 'node:http';
const rows: readonly (readonly [string, () => Promise<unknown>])[] = [
${rows.join('\n')}
];
export default async (_: IncomingMessage, res: ServerResponse): Promise<void> => {
  const found: Record<string, unknown> = {};
  for (const [title, load] of rows)
    try {
      found[title] = await (await load() as { default: unknown }).default;
    } catch (error) {
      found[title] = (error as Error).stack;
    }
  res.end(JSON.stringify(found));
};
`;
  return {
    'app.ts': app,
    'package.json': JSON.stringify({ type: project.type }),
    'tsconfig.json': JSON.stringify({ extends: '@company/base/tsconfig.json' }),
    'node_modules/@company/base/package.json': '{}',
    'node_modules/@company/base/tsconfig.json': JSON.stringify({
      compilerOptions: {
        ...{
          target: 'es2022',
          module: 'nodenext',
          jsx: 'react-jsx',
          paths: { '@library/*': ['../../../library/*'] },
        },
        ...(project.hasMetadata && { experimentalDecorators: true, emitDecoratorMetadata: true }),
      },
    }),
    ...Object.fromEntries(
      chosen.flatMap(({ files }) => Object.entries(files).map(([name, text]) => [`features/${name}`, text])),
    ),
  };
}
