/** Runs on Node's thread for module hooks, before Node 24. See provide-api.ts. */
import type { ResolveHook } from 'node:module';

let api = '';

export function initialize(url: string): void {
  api = url;
}

export const resolve: ResolveHook = async (specifier, context, next) => {
  if (specifier !== 'httpd-express/worker') return next(specifier, context);
  try {
    return await next(specifier, context);
  } catch {
    return { url: api, shortCircuit: true };
  }
};
