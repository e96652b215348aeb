/**
 * The part of a plan whose loads have one of `parts` in their id; starts of apps in TypeScript have the id
 * typescript. `rounds` replaces the number of rounds of all that remains.
 */
export function narrowPlan(plan, { parts, rounds }) {
  const isWanted = (id) => parts.some((part) => id.includes(part));
  const repeats = (id, count = 0) => {
    if (count === 0 || !isWanted(id)) return 0;
    return rounds ?? count;
  };
  const groups = plan.groups.map((group) => ({
    ...group,
    loads: group.loads
      .filter(({ id }) => isWanted(id))
      .map((load) => ({ ...load, rounds: rounds ?? load.rounds })),
  }));
  return {
    groups: groups.filter(({ loads }) => loads.length > 0),
    typescriptStarts: repeats('typescript', plan.typescriptStarts),
  };
}
