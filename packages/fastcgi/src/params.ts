import { NameSequence } from './name-sequence.ts';
import { locateNameValues } from './name-value.ts';

/**
 * The variables of one request, latin1; of repeated names the last counts. Most are never asked for, so a value becomes a
 * string when it is.
 */
export class Params implements ReadonlyMap<string, string> {
  readonly #text: string;
  readonly #locations: readonly number[];
  readonly #positions: ReadonlyMap<string, number>;

  /** Keeps nothing of the content. Throws ProtocolError when the last pair is cut off. */
  constructor(content: Buffer) {
    const locations = locateNameValues(content);
    this.#locations = locations;
    this.#positions = recogniseNames(content, locations).positions;
    // One conversion and slices of it: half the time of a conversion per value.
    this.#text = content.toString('latin1');
  }

  get size(): number {
    return this.#positions.size;
  }

  get(name: string): string | undefined {
    const position = this.#positions.get(name);
    return position === undefined ? undefined : this.#valueAt(position);
  }

  has(name: string): boolean {
    return this.#positions.has(name);
  }

  keys(): MapIterator<string> {
    return this.#positions.keys();
  }

  *values(): MapIterator<string> {
    for (const position of this.#positions.values()) yield this.#valueAt(position);
  }

  *entries(): MapIterator<[string, string]> {
    for (const [name, position] of this.#positions) yield [name, this.#valueAt(position)];
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }

  forEach(visit: (value: string, name: string, params: ReadonlyMap<string, string>) => void): void {
    for (const [name, value] of this) visit(value, name, this);
  }

  #valueAt(position: number): string {
    return this.#text.substring(this.#locations[position * 3 + 1] ?? 0, this.#locations[position * 3 + 2]);
  }
}

function recogniseNames(content: Buffer, locations: readonly number[]): NameSequence {
  let names = NameSequence.begin();
  for (let at = 0; at < locations.length; at += 3)
    names = names.followedBy(content, locations[at] ?? 0, locations[at + 1] ?? 0);
  return names;
}
