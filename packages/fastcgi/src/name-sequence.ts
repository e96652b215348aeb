import { EMPTY } from './record.ts';

// Clients choose names, so what is remembered has limits.
/** Names that may come after the same ones; further ones are new each time. */
const MAX_FOLLOWERS = 16;
/** After so many new names everything is forgotten, so that nobody can fill the memory with names that never come again. */
const MAX_NEW_NAMES = 4000;

/**
 * The names of a stream of name-value pairs, up to one of them. A web server sends the same names in the same order again
 * and again: they are recognised by their bytes, and made into strings and found by them once.
 */
export class NameSequence {
  readonly #before: NameSequence | undefined;
  readonly #bytes: Buffer;
  readonly #followers: NameSequence[] = [];
  #positions: Map<string, number> | undefined;

  private constructor(before: NameSequence | undefined, bytes: Buffer) {
    this.#before = before;
    this.#bytes = bytes;
  }

  /** Where every sequence begins. */
  static begin(): NameSequence {
    if (newNames >= MAX_NEW_NAMES) empty = undefined;
    if (empty === undefined) {
      newNames = 0;
      empty = new NameSequence(undefined, EMPTY);
    }
    return empty;
  }

  /** Names → where they came, counted from 0; of repeated names the last counts. In the order they came first. */
  get positions(): ReadonlyMap<string, number> {
    this.#positions ??= new Map(NameSequence.#list(this).map((name, position) => [name, position]));
    return this.#positions;
  }

  /** This and one name more, which lies in the content there. */
  followedBy(content: Buffer, start: number, end: number): NameSequence {
    for (const follower of this.#followers) if (follower.#isLast(content, start, end)) return follower;
    newNames++;
    const follower = new NameSequence(this, Buffer.from(content.subarray(start, end)));
    if (this.#followers.length < MAX_FOLLOWERS) this.#followers.push(follower);
    return follower;
  }

  #isLast(content: Buffer, start: number, end: number): boolean {
    const bytes = this.#bytes;
    if (bytes.length !== end - start) return false;
    for (let at = 0; at < bytes.length; at++) if (bytes[at] !== content[start + at]) return false;
    return true;
  }

  static #list(last: NameSequence): string[] {
    const names: string[] = [];
    for (let at = last; at.#before !== undefined; at = at.#before) names.push(at.#bytes.toString('latin1'));
    return names.reverse();
  }
}

let newNames = 0;
let empty: NameSequence | undefined;
