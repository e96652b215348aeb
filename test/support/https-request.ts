import { type RequestOptions, request as httpsRequest } from 'node:https';
import { TLSSocket } from 'node:tls';

/** A response over HTTPS, and what the connection was. */
export interface SecureResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly protocol: string | null;
}

/** One request on a connection of its own. */
export function secureRequest(url: string, options: RequestOptions = {}): Promise<SecureResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(url, { agent: false, ...options }, (incoming) => {
      const protocol = incoming.socket instanceof TLSSocket ? incoming.socket.getProtocol() : null;
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      incoming.on('error', reject).on('end', () => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, protocol });
      });
    });
    outgoing.on('error', reject).end();
  });
}
