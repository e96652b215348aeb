import { type OptionTable, environmentName } from './option-spec.ts';

/** Variables of ours that are no options. */
const otherVariables = ['EXPRESS_HTTPD_HOME', 'EXPRESS_SERVER'];

/** A variable that is nothing to us, and the option's that was probably meant. */
export interface MisspelledVariable {
  readonly name: string;
  readonly meant: string;
}

/**
 * Finds variables that differ from one of an option by a single slip of the pen. Others may be the app's: they are not
 * our business, even if they begin as ours do.
 */
export function findMisspelledVariables(env: NodeJS.ProcessEnv, table: OptionTable): MisspelledVariable[] {
  const ours = Object.values(table).map(environmentName);
  return Object.keys(env)
    .filter((name) => name.startsWith('EXPRESS') && ![...ours, ...otherVariables].includes(name))
    .flatMap((name) => {
      const meant = ours.find((each) => isOneSlipApart(name, each));
      return meant === undefined ? [] : [{ name, meant }];
    });
}

/** One character too many, one missing, one wrong, or two that changed places. */
function isOneSlipApart(a: string, b: string): boolean {
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start += 1;
  const [restA, restB] = [a.slice(start), b.slice(start)];
  return (
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB.slice(1) ||
    `${restA.charAt(1)}${restA.charAt(0)}${restA.slice(2)}` === restB
  );
}
