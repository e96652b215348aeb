import vm from 'node:vm';

/** As an `import()` written in that file: Node resolves relative to it, with every condition of `import`. */
export function importFrom(specifier: string, importer: string): Promise<Readonly<Record<string, unknown>>> {
  const script = new vm.Script(`import(${JSON.stringify(specifier)})`, {
    filename: importer,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return withoutWarnings(() => script.runInThisContext() as Promise<Readonly<Record<string, unknown>>>);
}

/** Node calls what we use experimental, since 2023: that is no news for who reads the log of an app. */
function withoutWarnings<T>(action: () => T): T {
  const emitWarning = process.emitWarning.bind(process);
  process.emitWarning = () => undefined;
  try {
    return action();
  } finally {
    process.emitWarning = emitWarning;
  }
}
