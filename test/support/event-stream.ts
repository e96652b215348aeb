import { type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { createGunzip } from 'node:zlib';

import { waitFor } from './wait-for.ts';

/** A response that is read while it comes, such as an event stream. */
export class EventStream {
  /** What has come by now, decompressed. */
  text = '';
  status = 0;
  type = '';
  encoding = '';
  hasEnded = false;
  readonly #outgoing;
  #error: Error | undefined;

  constructor(url: string, headers: OutgoingHttpHeaders = {}) {
    this.#outgoing = httpRequest(
      url,
      { headers: { Accept: 'text/event-stream', ...headers }, agent: false },
      (incoming) => {
        this.status = incoming.statusCode ?? 0;
        this.type = incoming.headers['content-type'] ?? '';
        this.encoding = incoming.headers['content-encoding'] ?? '';
        const body = this.encoding === 'gzip' ? incoming.pipe(createGunzip()) : incoming;
        body.setEncoding('utf8').on('data', (text: string) => (this.text += text));
        body.on('end', () => (this.hasEnded = true));
        for (const stream of [incoming, body]) stream.on('error', (error) => (this.#error = error));
      },
    );
    this.#outgoing.on('error', (error) => (this.#error = error));
    this.#outgoing.end();
  }

  /** Waits for a part of the text. */
  waitFor(part: string): Promise<void> {
    return this.#wait(() => this.text.includes(part), `"${part}" in the stream`);
  }

  /** Waits for the end that the app has given it. */
  waitForEnd(): Promise<void> {
    return this.#wait(() => this.hasEnded, 'the end of the stream');
  }

  async #wait(condition: () => boolean, what: string): Promise<void> {
    await waitFor(() => condition() || this.#error !== undefined, { within: 10_000, what });
    if (this.#error !== undefined) throw this.#error;
  }

  /** Goes away, as a client does that closes its page. */
  close(): void {
    this.#outgoing.removeAllListeners('error').on('error', () => undefined);
    this.#outgoing.destroy();
  }
}
