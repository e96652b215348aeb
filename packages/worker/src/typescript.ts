import { registerDecoratorMetadata } from './decorator-metadata.ts';
import { findTsconfig, type Tsconfig } from './tsconfig.ts';
import { isCacheSafe } from './typescript-cache.ts';

let registered: Promise<void> | undefined;

/**
 * Lets `import` and `require` load TypeScript, once per process, with the tsconfig.json of `entry`. The loader comes from
 * this package: apps need neither node_modules nor a package.json. Programs that the app forks get it too.
 */
export function registerTypeScript(entry: string, workingDirectory: string): Promise<void> {
  registered ??= register(entry, workingDirectory);
  return registered;
}

async function register(entry: string, workingDirectory: string): Promise<void> {
  const tsconfig = findTsconfig(entry, workingDirectory);
  await registerTsx(tsconfig);
  if (tsconfig?.compilerOptions.emitDecoratorMetadata === true)
    registerDecoratorMetadata({ tsconfig, entry, workingDirectory });
  process.execArgv.push('--import', new URL('./register-typescript.js', distribution()).href);
}

/** tsx reads its settings from the environment when it is loaded: the app gets back its own. */
async function registerTsx(tsconfig: Tsconfig | undefined): Promise<void> {
  const restore = setVariables({
    ...(tsconfig && { TSX_TSCONFIG_PATH: tsconfig.path }),
    ...(!isCacheSafe() && { TSX_DISABLE_CACHE: '1' }),
  });
  try {
    const commonJs = await import('tsx/cjs/api');
    const esm = await import('tsx/esm/api');
    commonJs.register();
    esm.register();
  } finally {
    restore();
  }
}

function setVariables(variables: Readonly<Record<string, string>>): () => void {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  };
}

/** Other processes and threads run the compiled program. */
function distribution(): URL {
  return new URL('../dist/', import.meta.url);
}
