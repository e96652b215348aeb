/**
 * The part of a plan whose loads have one of `parts` in their id; what else is measured has the ids reload, idle, alone and
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
    reloads: repeats('reload', group.reloads),
    idleConnections: isWanted('idle') ? (group.idleConnections ?? 0) : 0,
  }));
  return {
    groups: groups.filter(
      ({ loads, reloads, idleConnections }) => loads.length > 0 || reloads > 0 || idleConnections > 0,
    ),
    alone: { ...plan.alone, rounds: repeats('alone', plan.alone.rounds) },
    typescriptStarts: repeats('typescript', plan.typescriptStarts),
  };
}
