import { AsyncLocalStorage } from 'node:async_hooks';

import type { CgiVariables } from './cgi-request.ts';

/** What is known of a request wherever the app runs for it. */
export interface RequestContext {
  /** The one in httpd's logs, where its mod_unique_id is loaded. */
  readonly id: string;
  /** Wall clock. */
  readonly startedAtMs: number;
  readonly variables: CgiVariables;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Calls `run`; whatever it starts belongs to the request. */
export function runInRequest<T>(context: RequestContext, run: () => T): T {
  return storage.run(context, run);
}

/** The request for which the caller runs, if it runs for one. */
export function findRequestContext(): RequestContext | undefined {
  return storage.getStore();
}

let lastNumber = 0;

/** Unique in this process, for an httpd that gives requests no id. */
export function createRequestId(): string {
  lastNumber += 1;
  return `${process.pid}-${lastNumber}`;
}
