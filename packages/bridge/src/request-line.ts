import { decodeNameValues } from '@httpd-express/fastcgi';

/** Method and path of a request, from its PARAMS, for log lines: no query string, it may hold secrets. */
export function describeRequest(params: readonly Buffer[]): string {
  const variables = new Map(readParams(params));
  const target = variables.get('REQUEST_URI') ?? variables.get('SCRIPT_NAME') ?? '?';
  return `${variables.get('REQUEST_METHOD') ?? '?'} ${target.replace(/\?.*/s, '').slice(0, 200)}`;
}

function readParams(params: readonly Buffer[]): [string, string][] {
  try {
    return decodeNameValues(Buffer.concat(params));
  } catch {
    return []; // PARAMS that never became complete: the line says "? ?"
  }
}
