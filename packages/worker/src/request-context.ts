import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

import type { CgiVariables } from './cgi-request.ts';

/** What is known of a request wherever the app runs for it. Few ask, so it is made of the variables when they do. */
export class RequestContext {
  /** Wall clock. */
  readonly startedAtMs = Date.now();
  readonly variables: CgiVariables;
  /**
   * Of the request alone, as plain Node has one for each: where requests share a connection, what the app enters with
   * `AsyncLocalStorage.enterWith` would otherwise be the next request's, too. It keeps what is in the storage when it is
   * made.
   */
  readonly resource: AsyncResource;
  #id: string | undefined;

  constructor(variables: CgiVariables) {
    this.variables = variables;
    this.resource = storage.run(this, createResource);
  }

  /** The one in httpd's logs, where its mod_unique_id is loaded. */
  get id(): string {
    this.#id ??= readId(this.variables.get('UNIQUE_ID'));
    return this.#id;
  }
}

const storage = new AsyncLocalStorage<RequestContext>();

function createResource(): AsyncResource {
  return new AsyncResource('HTTPINCOMINGMESSAGE');
}

/** Calls `run`; whatever it starts belongs to the request. */
export function runInRequest<T>({ resource }: RequestContext, run: () => T): T {
  return resource.runInAsyncScope(run);
}

/** The request for which the caller runs, if it runs for one. */
export function findRequestContext(): RequestContext | undefined {
  return storage.getStore();
}

/** mod_unique_id's alphabet; another responder's peer may send anything. */
function readId(id: string | undefined): string {
  return id !== undefined && /^[\w@.:-]{1,64}$/.test(id) ? id : createRequestId();
}

let lastNumber = 0;

/** Unique in this process, for an httpd that gives requests no id. */
function createRequestId(): string {
  lastNumber += 1;
  return `${process.pid}-${lastNumber}`;
}
