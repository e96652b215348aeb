import { createHash } from 'node:crypto';
import { get } from 'node:http';

import { interrupted } from './interruption.mjs';

const ANSWER_TIMEOUT_MS = 10_000;

/** One request on a connection of its own. */
export function ask(url) {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, signal: interrupted, timeout: ANSWER_TIMEOUT_MS }, (response) => {
      const { statusCode: status, headers } = response;
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({ status, headers, body: Buffer.concat(chunks) }));
    })
      .on('timeout', function () {
        this.destroy(new Error(`no answer from ${url} within ${ANSWER_TIMEOUT_MS} ms`));
      })
      .on('error', reject);
  });
}

/** Status and bytes of an answer, to compare with others. */
export async function digest(url) {
  const { status, body } = await ask(url);
  return `${status} ${createHash('sha256').update(body).digest('hex')}`;
}

/** What the app says of its process; undefined where none answers that, such as a server of files. */
export async function askApp({ url }) {
  const { status, body } = await ask(`${url}/loop`);
  return status === 200 && body[0] === '{'.charCodeAt(0) ? JSON.parse(body.toString()) : undefined;
}
