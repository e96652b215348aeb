/**
 * Compiles files with decorators together with their metadata, which takes a compiler that knows types: the app's own
 * swc or TypeScript. The compiler of the TypeScript loader, esbuild, leaves the metadata out.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import type { TsConfigJsonResolved } from 'get-tsconfig';

import { DecoratorCompilerMissingError } from './errors.ts';

type CompilerOptions = NonNullable<TsConfigJsonResolved['compilerOptions']>;

/** What is to be compiled for whom; plain data, because it crosses threads. */
export interface DecoratorContext {
  readonly tsconfigPath: string;
  readonly compilerOptions: CompilerOptions;
  /** Files the compiler is resolved from, in this order. */
  readonly importers: readonly string[];
}

/** The kind of module a file is. */
export type ModuleFormat = 'module' | 'commonjs';

type Compile = (source: string, file: string, format: ModuleFormat) => string;

/** Anything that may be a decorator; comments speak of `@param`. */
const decorator = /(^|[\s;{(])@[A-Za-z_$]/;
const comment = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;

/** Whether a file of this source is compiled here. */
export function hasDecorators(source: string): boolean {
  return decorator.test(source) && decorator.test(source.replace(comment, ''));
}

/**
 * A compiler that is looked for when it is first used. It throws DecoratorCompilerMissingError, and what the compiler
 * throws for a file that it cannot read.
 */
export function createDecoratorCompiler(context: DecoratorContext): Compile {
  let compile: Compile | undefined;
  return (source, file, format) => {
    compile ??= findCompiler(context, file);
    return compile(source, file, format);
  };
}

function findCompiler(context: DecoratorContext, file: string): Compile {
  for (const importer of context.importers)
    for (const create of [createSwc, createTypeScript]) {
      const compile = create(createRequire(importer), context.compilerOptions);
      if (compile !== undefined) return compile;
    }
  throw new DecoratorCompilerMissingError(file, context.tsconfigPath, context.importers.map(dirname));
}

interface Swc {
  transformSync(source: string, options: Readonly<Record<string, unknown>>): { readonly code: string };
}

function createSwc(require: NodeJS.Require, options: CompilerOptions): Compile | undefined {
  const swc = load(require, '@swc/core') as Swc | undefined;
  if (swc === undefined) return undefined;
  return (source, file, format) =>
    swc.transformSync(source, {
      filename: file,
      swcrc: false,
      configFile: false,
      sourceMaps: 'inline',
      inlineSourcesContent: false,
      module: { type: format === 'commonjs' ? 'commonjs' : 'es6' },
      jsc: {
        target: 'es2022',
        keepClassNames: true,
        parser: { syntax: 'typescript', tsx: file.endsWith('x'), decorators: true, dynamicImport: true },
        transform: {
          legacyDecorator: true,
          decoratorMetadata: true,
          useDefineForClassFields: usesDefine(options),
          verbatimModuleSyntax: options.verbatimModuleSyntax === true,
          react: toReact(options),
        },
      },
    }).code;
}

/** As TypeScript decides it. */
function usesDefine({ useDefineForClassFields, target = 'es5' }: CompilerOptions): boolean {
  return useDefineForClassFields ?? /^(?:es2022|es2023|es2024|es2025|esnext)$/i.test(target);
}

function toReact({ jsx, jsxFactory, jsxFragmentFactory, jsxImportSource }: CompilerOptions): object {
  return {
    runtime: jsx === 'react-jsx' || jsx === 'react-jsxdev' ? 'automatic' : 'classic',
    development: jsx === 'react-jsxdev',
    ...(jsxFactory !== undefined && { pragma: jsxFactory }),
    ...(jsxFragmentFactory !== undefined && { pragmaFrag: jsxFragmentFactory }),
    ...(jsxImportSource !== undefined && { importSource: jsxImportSource }),
  };
}

interface TypeScript {
  readonly version: string;
  readonly ModuleKind?: Readonly<Record<string, unknown>>;
  readonly convertCompilerOptionsFromJson?: (
    options: unknown,
    basePath: string,
  ) => { readonly options: object };
  readonly transpileModule?: (source: string, options: unknown) => { readonly outputText: string };
}

function createTypeScript(require: NodeJS.Require, json: CompilerOptions): Compile | undefined {
  const typescript = load(require, 'typescript') as TypeScript | undefined;
  // From 7.0 on it is a program of another language, without these functions.
  const { ModuleKind, transpileModule, convertCompilerOptionsFromJson } = typescript ?? {};
  if (
    ModuleKind === undefined ||
    transpileModule === undefined ||
    convertCompilerOptionsFromJson === undefined
  )
    return undefined;
  const { options } = convertCompilerOptionsFromJson({ ...json, target: json.target ?? 'es2022' }, '/');
  return (source, fileName, format) =>
    transpileModule(source, {
      fileName,
      compilerOptions: {
        ...options,
        module: format === 'commonjs' ? ModuleKind['CommonJS'] : ModuleKind['ESNext'],
        moduleResolution: undefined,
        inlineSourceMap: true,
        inlineSources: false,
        sourceMap: false,
        declaration: false,
        declarationMap: false,
        composite: false,
        incremental: false,
        removeComments: false,
      },
    }).outputText;
}

/** A package that is not installed, or not for this machine, is none. */
function load(require: NodeJS.Require, name: string): unknown {
  try {
    return require(name);
  } catch {
    return undefined; // the error that names both compilers says what to install
  }
}

/** Where the app's own packages are found from. */
export function importersOf(entry: string, workingDirectory: string): string[] {
  return [...new Set([entry, join(workingDirectory, '[express].js')])];
}
