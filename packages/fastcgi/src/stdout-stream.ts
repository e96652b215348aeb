import { CgiHeadError } from './errors.ts';
import { type CgiHead, parseCgiHead } from './parse-cgi-head.ts';

/** A whole CGI response. */
export interface CgiResponse extends Omit<CgiHead, 'bodyOffset'> {
  readonly body: Buffer;
}

/** Collects the STDOUT of one request in memory. */
export class StdoutStream {
  readonly #body: Buffer[] = [];
  #unparsed: Buffer | undefined;
  #head: CgiHead | undefined;

  /** Defined as soon as the head's empty line has come. */
  get head(): CgiHead | undefined {
    return this.#head;
  }

  /** Takes the content of one record and keeps it. Throws CgiHeadError as `parseCgiHead` does. */
  push(content: Buffer): void {
    if (this.#head !== undefined) {
      this.#body.push(content);
      return;
    }
    const bytes = this.#unparsed === undefined ? content : Buffer.concat([this.#unparsed, content]);
    this.#unparsed = bytes;
    this.#head = parseCgiHead(bytes);
    if (this.#head !== undefined) this.#body.push(bytes.subarray(this.#head.bodyOffset));
  }

  /** The response, once STDOUT is complete. Throws CgiHeadError when it stopped inside the head. */
  end(): CgiResponse {
    if (this.#head === undefined) {
      throw new CgiHeadError(`the end of STDOUT after ${this.#unparsed?.length ?? 0} bytes`, 'an empty line');
    }
    const { status, reason, headers } = this.#head;
    return { status, reason, headers, body: Buffer.concat(this.#body) };
  }
}
