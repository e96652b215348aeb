import type { CgiVariables } from './cgi-request.ts';
import type { RequestContext } from './request-context.ts';
import type { CurrentRequest } from './worker-runtime.ts';

const described = new WeakMap<RequestContext, CurrentRequest>();

/** A request in the words of the API: the same object whenever the same request is asked for. */
export function describeRequest(context: RequestContext, worker: number): CurrentRequest {
  let request = described.get(context);
  if (request === undefined) {
    request = new DescribedRequest(context, worker);
    described.set(context, request);
  }
  return request;
}

/** Most who ask want one thing of it. */
class DescribedRequest implements CurrentRequest {
  readonly id: string;
  readonly startedAt: number;
  readonly worker: number;
  readonly #variables: CgiVariables;
  #data: Map<unknown, unknown> | undefined;

  constructor({ id, startedAtMs, variables }: RequestContext, worker: number) {
    this.id = id;
    this.startedAt = startedAtMs;
    this.worker = worker;
    this.#variables = variables;
  }

  get clientAddress(): string | undefined {
    return this.#variables.get('REMOTE_ADDR');
  }

  get variables(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#variables);
  }

  get data(): Map<unknown, unknown> {
    this.#data ??= new Map();
    return this.#data;
  }
}
