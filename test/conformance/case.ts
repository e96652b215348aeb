/** What a case of the corpus is made of. `{id}` in what is sent stands for the case's own id: the app records under it. */

/** What a client does next: sends bytes (one character each), waits, or leaves. */
export type Step =
  | string
  /** Waits until what was received matches. */
  | { readonly received: RegExp }
  /** Waits until the app has noted it about this case. */
  | { readonly noted: string }
  /** Breaks the connection, or (`end`) says that it sends no more and stays to listen. */
  | { readonly leave: 'destroy' | 'end' };

/** One exchange on a connection of its own, done with plain Node and with ours. */
export interface Case {
  /** Behaviour, as a sentence goes on after the theme. */
  readonly title: string;
  readonly steps: readonly Step[];
  /** Methods of the requests that are answered, in order: an answer to HEAD has no body. */
  readonly methods: readonly string[];
}

/** What varies in a request. */
export interface RequestShape {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** How the app answers: a behaviour of fixtures/apps/conformance.mjs. */
  readonly does?: string;
  /** For that behaviour. */
  readonly parameter?: string | number;
  /** Lines with their ends. */
  readonly headers?: string;
  readonly host?: string | null;
  readonly body?: string;
}

/** The bytes of a request. */
export function requestText({
  method = 'GET',
  target = '/',
  version = '1.1',
  does,
  parameter,
  headers = '',
  host = 'test.example',
  body = '',
}: RequestShape = {}): string {
  const lines = [
    `${method} ${target} HTTP/${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    'X-Id: {id}',
    ...(does === undefined ? [] : [`X-Do: ${does}`]),
    ...(parameter === undefined ? [] : [`X-Parameter: ${parameter}`]),
  ];
  return `${lines.join('\r\n')}\r\n${headers}\r\n${body}`;
}

/** A case of one request. */
export function ask(title: string, shape: RequestShape = {}): Case {
  return { title, steps: [requestText(shape)], methods: [shape.method ?? 'GET'] };
}

/** A POST with its length. */
export function post(body: string, shape: RequestShape = {}): RequestShape {
  return {
    method: 'POST',
    ...shape,
    headers: `Content-Length: ${body.length}\r\n${shape.headers ?? ''}`,
    body,
  };
}

/** A chunked POST; the pieces are the chunks. */
export function chunked(pieces: readonly string[], shape: RequestShape = {}): RequestShape {
  return {
    method: 'POST',
    ...shape,
    headers: `Transfer-Encoding: chunked\r\n${shape.headers ?? ''}`,
    body: chunks(...pieces),
  };
}

/** Chunks, and the last one. */
export function chunks(...pieces: readonly string[]): string {
  return [...pieces, ''].map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
}
