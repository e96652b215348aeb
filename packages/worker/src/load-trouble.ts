/** What to do about errors that say what is wrong but not how it is put right. */
const remedies: readonly {
  readonly code?: string;
  readonly message?: RegExp;
  readonly remedy: string;
}[] = [
  {
    message: /Top-level await is currently not supported with the "cjs" output format/,
    remedy:
      'only ES modules may await at their top level: set "type": "module" in the package.json beside the app, or name the file .mts',
  },
  {
    code: 'ERR_UNKNOWN_FILE_EXTENSION',
    message: /"\.(?:[cm]?ts|tsx)"/,
    remedy: 'this version of Node cannot load TypeScript by itself: use --loader tsx',
  },
  {
    code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX',
    remedy: 'Node strips types and nothing else: without --loader native enums and the like work, too',
  },
  {
    code: 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING',
    remedy: 'Node does not strip types in packages: use --loader tsx',
  },
];

/** What a person can do about an error of loading the app, where that is known. */
export function findRemedy(error: unknown): string | undefined {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return remedies.find(
    (row) =>
      (row.code === undefined || row.code === code) &&
      (row.message === undefined || row.message.test(String(message))),
  )?.remedy;
}
