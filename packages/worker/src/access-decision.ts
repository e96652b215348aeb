import type { AccessScripts, Environ } from './access-scripts.ts';
import { parseBasicCredentials } from './basic-credentials.ts';
import { describeValue } from './describe-value.ts';
import { ScriptAnswerError } from './errors.ts';

/** Whether a request is let in: 403 is for a host, 401 for a user. */
export type Decision =
  | {
      readonly status: 200;
      /** One character per byte, as REMOTE_USER is to be; absent where nobody was asked who they are. */
      readonly rawUser?: string;
    }
  | { readonly status: 401 | 403 };

/** Who asks. */
export interface AccessRequest {
  readonly environ: Environ;
  /** IP address of the client. */
  readonly host: string;
  readonly authorization: string | undefined;
}

/**
 * Asks the scripts in order: the host before the user, so that who may not come is not asked for a password. Whatever is
 * not a clear answer is an error, never a yes. `groups` are those of which a user must be in one.
 *
 * Throws what a script throws, and ScriptAnswerError.
 */
export async function decideAccess(
  { allowAccess, checkPassword, groupsForUser }: AccessScripts,
  groups: readonly string[],
  { environ, host, authorization }: AccessRequest,
): Promise<Decision> {
  if (allowAccess !== undefined && !toBoolean('allowAccess', await allowAccess(environ, host)))
    return { status: 403 };
  if (checkPassword === undefined) return { status: 200 };
  const credentials = parseBasicCredentials(authorization);
  if (credentials === undefined) return { status: 401 };
  const { user, password, rawUser } = credentials;
  const isRight = (await checkPassword(environ, user, password)) ?? false; // null: nobody is called so
  if (!toBoolean('checkPassword', isRight)) return { status: 401 };
  if (groupsForUser !== undefined) {
    const found = toNames('groupsForUser', await groupsForUser(environ, user));
    if (!groups.some((group) => found.includes(group))) return { status: 401 };
  }
  return { status: 200, rawUser };
}

function toBoolean(name: string, answer: unknown): boolean {
  if (typeof answer === 'boolean') return answer;
  throw new ScriptAnswerError(name, describeValue(answer), 'true or false');
}

function toNames(name: string, answer: unknown): readonly string[] {
  if (Array.isArray(answer) && answer.every((each) => typeof each === 'string')) return answer;
  throw new ScriptAnswerError(name, describeValue(answer), 'an array of names');
}
