import { decodeNameValues, findValue } from '@httpd-express/fastcgi';

/** Method and path of a request, from its PARAMS, for log lines: no query string, it may hold secrets. */
export function describeRequest(params: readonly Buffer[]): string {
  const variables = new Map(readParams(params));
  return `${variables.get('REQUEST_METHOD') ?? '?'} ${pathOf(variables).slice(0, 200)}`;
}

/** The path of a request as the client sent it, without the query string. */
export function findPath(params: readonly Buffer[]): string {
  return pathOf(new Map(readParams(params)));
}

/** The query string of a request, without the question mark. */
export function findQuery(params: readonly Buffer[]): string {
  return new Map(readParams(params)).get('QUERY_STRING') ?? '';
}

function pathOf(variables: ReadonlyMap<string, string>): string {
  return (variables.get('REQUEST_URI') ?? variables.get('SCRIPT_NAME') ?? '?').replace(/\?.*/s, '');
}

/** The id httpd's mod_unique_id gave it, as in httpd's logs. */
export function findRequestId(params: readonly Buffer[]): string | undefined {
  return new Map(readParams(params)).get('UNIQUE_ID');
}

/** Length of its body in bytes, NaN where it says something else, 0 where it says nothing. */
export function findBodyLength(params: readonly Buffer[]): number {
  try {
    return Number(findValue(Buffer.concat(params), 'CONTENT_LENGTH') ?? 0);
  } catch {
    return 0; // of PARAMS that make no sense, which the worker refuses
  }
}

function readParams(params: readonly Buffer[]): [string, string][] {
  try {
    return decodeNameValues(Buffer.concat(params));
  } catch {
    return []; // PARAMS that never became complete: the line says "? ?"
  }
}
