import { decodeNameValues, findValue } from '@httpd-express/fastcgi';

/** PARAMS of one request. They pass as they are: single variables are looked up, and only where something depends on them. */
export class RequestParams {
  readonly #parts: Buffer[] = [];
  #byteLength = 0;

  /** So far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** The content of a record. */
  add(content: Buffer): void {
    this.#parts.push(content);
    this.#byteLength += content.length;
  }

  /** All of them, as the app knows them. Throws ProtocolError when they make no sense. */
  decode(): Map<string, string> {
    return new Map(decodeNameValues(this.#content));
  }

  /** Method and path, for log lines: no query string, it may hold secrets. */
  get line(): string {
    return `${this.#find('REQUEST_METHOD') ?? '?'} ${this.path.slice(0, 200)}`;
  }

  /** The path as the client sent it, without the query string. */
  get path(): string {
    return (this.#find('REQUEST_URI') ?? this.#find('SCRIPT_NAME') ?? '?').replace(/\?.*/s, '');
  }

  /** The query string of a request of socket.io, without the question mark; empty for almost any other. */
  get sessionQuery(): string {
    return this.#mention('EIO=') ? (this.#find('QUERY_STRING') ?? '') : '';
  }

  /** The id httpd's mod_unique_id gave it, as in httpd's logs. */
  get requestId(): string | undefined {
    return this.#find('UNIQUE_ID');
  }

  /** Whether a body comes. Also true where they say so elsewhere: the request is submitted before STDIN, as one with a body. */
  get announceBody(): boolean {
    return this.#mention('CONTENT_LENGTH') || this.#mention('HTTP_TRANSFER_ENCODING');
  }

  /** Length of the body in bytes, NaN where they say something else, 0 where they say nothing. */
  get bodyLength(): number {
    return Number(this.#find('CONTENT_LENGTH') ?? 0);
  }

  #mention(text: string): boolean {
    return this.#parts.some((part) => part.includes(text));
  }

  /** Undefined also where they make no sense, which the worker refuses, or are not complete: the line says "? ?" then. */
  #find(name: string): string | undefined {
    try {
      return findValue(this.#content, name);
    } catch {
      return undefined;
    }
  }

  get #content(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
