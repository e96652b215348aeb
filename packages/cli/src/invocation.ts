import { type RawValues } from './settings.ts';

/** What a command is called with. */
export interface Invocation {
  readonly operands: readonly string[];
  /** From the command line, unparsed. */
  readonly values: RawValues;
}

/** Settles with the exit status. */
export type Command = (invocation: Invocation) => Promise<number>;
