import { type FileHandle, realpath } from 'node:fs/promises';
import { type ReadStream } from 'node:fs';

import { type CgiHead, parseCgiHead } from '@httpd-express/fastcgi';

import { decideFileAnswer } from './file-answer.ts';
import { openInside } from './open-inside.ts';

/** A piece of a file is one record. */
const PIECE_BYTES = 65_528;

/** Where a file goes. */
export interface FileTarget {
  readonly variables: ReadonlyMap<string, string>;
  /** Bytes of STDOUT. False when `resume` is to be waited for. */
  write(bytes: Buffer): boolean;
  /** Everything was written. */
  sent(): void;
  /** Nothing was written, and there is nothing to send. */
  refused(reason: string, file: string): void;
  /** Less could be read than was announced. */
  broken(): void;
}

/** The head of an answer that names a file to send in its place; undefined for any other. */
export function findSendfileHead(stdout: Buffer): CgiHead | undefined {
  if (!/^x-sendfile:/im.test(stdout.toString('latin1', 0, Math.min(stdout.length, PIECE_BYTES))))
    return undefined;
  const head = parseCgiHead(stdout);
  return head?.headers.has('x-sendfile') === true ? head : undefined;
}

/** Sends one file, at the pace of its reader. */
export class FileSender {
  readonly #target: FileTarget;
  #stream: ReadStream | undefined;
  #isStopped = false;

  constructor(head: CgiHead, roots: readonly string[], target: FileTarget) {
    this.#target = target;
    void this.#send(head, roots);
  }

  resume(): void {
    this.#stream?.resume();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stream?.destroy();
  }

  async #send(head: CgiHead, roots: readonly string[]): Promise<void> {
    const file = decodePath(head.headers.get('x-sendfile')?.[0] ?? '');
    const handle = await openInside(await Promise.all(roots.map(toReal)), file);
    if (this.#isStopped) {
      if (typeof handle !== 'string') await handle.close();
    } else if (typeof handle === 'string') this.#target.refused(handle, file);
    else await this.#sendOpened(head, handle);
  }

  async #sendOpened(head: CgiHead, handle: FileHandle): Promise<void> {
    const { size: bytes, mtimeMs: modifiedMs } = await handle.stat();
    const answer = decideFileAnswer({
      ...head,
      variables: this.#target.variables,
      file: { bytes, modifiedMs },
    });
    const { range } = answer;
    if (this.#isStopped || range === undefined || range.start === range.end) {
      await handle.close();
      if (this.#isStopped) return;
      this.#target.write(Buffer.from(answer.head, 'latin1'));
      this.#target.sent();
      return;
    }
    this.#stream = handle.createReadStream({
      start: range.start,
      end: range.end - 1,
      highWaterMark: PIECE_BYTES,
    });
    this.#pump(this.#stream, Buffer.from(answer.head, 'latin1'), range.end - range.start);
  }

  #pump(stream: ReadStream, head: Buffer, bytes: number): void {
    let left = bytes;
    this.#target.write(head);
    stream.on('data', (piece) => {
      left -= piece.length;
      if (!this.#target.write(piece as Buffer)) stream.pause();
    });
    stream.on('error', () => {
      if (!this.#isStopped) this.#target.broken();
    });
    stream.on('end', () => {
      if (this.#isStopped) return;
      if (left === 0) this.#target.sent();
      else this.#target.broken();
    });
  }
}

/** A header cannot carry every name, so that it is percent-encoded; bytes are UTF-8. */
function decodePath(value: string): string {
  try {
    return decodeURIComponent(Buffer.from(value, 'latin1').toString());
  } catch {
    return ''; // no file has this name
  }
}

async function toReal(root: string): Promise<string> {
  return realpath(root).catch(() => '\0'); // it went away: nothing is below it
}
