/**
 * Answers httpd's question whether a request may pass. mod_authnz_fcgi 2.4 asks in the role of an authorizer, once for each
 * request: it sends BEGIN_REQUEST and PARAMS and no STDIN, takes `Status: 200` for yes, hands headers that begin with
 * `Variable-` on as variables, and answers the client with any other status and the headers beside it.
 */
import type { Duplex } from 'node:stream';

import {
  EMPTY,
  ProtocolStatus,
  ResponderConnection,
  type ResponderRequest,
  Role,
} from '@httpd-express/fastcgi';

import { type Decision, decideAccess } from './access-decision.ts';
import type { AccessScripts, Environ } from './access-scripts.ts';
import { withoutOwnFrames } from './report.ts';
import { RequestContext, runInRequest } from './request-context.ts';
import type { ReadForwarded } from './trusted-proxy.ts';

/** What questions are answered with. */
export interface AccessContext {
  readonly scripts: AccessScripts;
  readonly groups: readonly string[];
  readonly realm: string;
  readonly readForwarded: ReadForwarded;
  /** Takes one line for the log. */
  log(line: string): void;
}

/** One connection from the bridge, over which questions come. */
export class AccessLink {
  readonly #stream: Duplex;
  readonly #context: AccessContext;
  #open = 0;
  #isRetiring = false;

  /** Takes over the stream. */
  constructor(stream: Duplex, context: AccessContext) {
    this.#stream = stream;
    this.#context = context;
    const connection = new ResponderConnection(stream, {
      onRequest: (request) => void this.#answer(request),
      onProtocolError: (error) => {
        context.log(`dropped a connection: ${error.message} code=${error.code}`);
      },
    });
    stream.on('data', (chunk: Buffer) => {
      connection.push(chunk);
    });
    stream.on('end', () => stream.destroy());
    stream.on('error', () => undefined); // `close` follows
    stream.on('close', () => {
      connection.closed();
    });
  }

  /** Ends the connection after its last open question. */
  retire(): void {
    this.#isRetiring = true;
    if (this.#open === 0) this.#stream.end();
  }

  async #answer(request: ResponderRequest): Promise<void> {
    if (request.role !== Role.Authorizer) {
      request.end(EMPTY, 0, ProtocolStatus.UnknownRole);
      return;
    }
    this.#open++;
    const response = await this.#decide(request);
    if (!request.ended) request.end(Buffer.from(response, 'latin1'));
    this.#open--;
    if (this.#isRetiring) this.retire();
  }

  async #decide({ params }: ResponderRequest): Promise<string> {
    const { scripts, groups, realm } = this.#context;
    const { variables } = this.#context.readForwarded(params);
    return runInRequest(new RequestContext(variables), async () => {
      try {
        const environ = toEnviron(variables, scripts.checkPassword !== undefined);
        const host = variables.get('REMOTE_ADDR') ?? '';
        const authorization = variables.get('HTTP_AUTHORIZATION');
        return encode(await decideAccess(scripts, groups, { environ, host, authorization }), realm);
      } catch (error) {
        this.#context.log(`access could not be decided: ${describeThrown(error)}`);
        return 'Status: 500 Internal Server Error\r\n\r\n';
      }
    });
  }
}

function describeThrown(error: unknown): string {
  return error instanceof Error ? withoutOwnFrames(error.stack ?? error.message) : String(error);
}

/** What is not of the request: httpd's own environment, our headers, and what mod_authnz_fcgi says for itself. */
const notOfTheRequest = /^(?:PATH|FCGI_(?:APACHE_)?ROLE|HTTP_CONNECTION|HTTP_X_EXPRESS_.*|REMOTE_PASSWD)$/;

function toEnviron(variables: ReadonlyMap<string, string>, asksForPasswords: boolean): Environ {
  const entries = [...variables].filter(
    ([name]) => !notOfTheRequest.test(name) && !(asksForPasswords && name === 'HTTP_AUTHORIZATION'),
  );
  return Object.freeze(Object.fromEntries(entries));
}

/** The names of the variables are those that packages/templates/conf/access-scripts.conf.hbs looks at. */
function encode(decision: Decision, realm: string): string {
  const lines = {
    200: ['Status: 200 OK', 'Variable-express_granted: yes', ...userLines(decision)],
    401: ['Status: 401 Unauthorized', `WWW-Authenticate: Basic realm="${realm}", charset="UTF-8"`],
    403: ['Status: 403 Forbidden'],
  }[decision.status];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function userLines(decision: Decision): string[] {
  const rawUser = decision.status === 200 ? decision.rawUser : undefined;
  return rawUser === undefined ? [] : [`Variable-express_user: ${rawUser}`];
}
