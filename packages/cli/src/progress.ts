/** Where long steps are told. */
export interface Progress {
  /** One step has begun; on a terminal it takes the place of the one before. */
  readonly step: (line: string) => void;
  /** The last step has ended; its line stays. */
  readonly done: () => void;
}

interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly write: (text: string) => unknown;
}

const ERASE_LINE = '\r\x1b[K';

/** One line that changes on a terminal, plain lines elsewhere: logs and CI keep every step. */
export function createProgress(output: Output): Progress {
  if (output.isTTY !== true || process.env['TERM'] === 'dumb')
    return { step: (line) => output.write(`express: ${line}\n`), done: () => undefined };
  let isOpen = false;
  return {
    step: (line) => {
      isOpen = true;
      output.write(`${ERASE_LINE}${`express: ${line}`.slice(0, widthOf(output) - 1)}`);
    },
    done: () => {
      if (isOpen) output.write('\n');
      isOpen = false;
    },
  };
}

/** Columns, of which one stays free: a line that wraps could not be erased. A terminal that does not know says 0. */
function widthOf({ columns = 0 }: Output): number {
  return columns > 0 ? columns : 80;
}
