import module from 'node:module';

/** What `module.registerHooks` takes; @types/node of Node 20 does not know it. */
type RegisterHooks = (hooks: {
  load: (url: string, context: unknown, nextLoad: (url: string, context: unknown) => unknown) => unknown;
}) => void;

/** Since Node 24: before, they break `require()` of ES modules; since Node 26 the older way is deprecated. */
export const registerHooks =
  Number(process.versions.node.split('.')[0]) >= 24
    ? (module as unknown as { readonly registerHooks: RegisterHooks }).registerHooks
    : undefined;
