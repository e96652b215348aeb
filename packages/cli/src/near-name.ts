/** The name that was probably meant, if one is close enough; capitals, dashes and underscores do not count. */
export function findNearName(given: string, names: readonly string[]): string | undefined {
  const wanted = plain(given);
  const [best] = names
    .map((name) => ({ name, distance: editDistance(wanted, plain(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return best?.name;
}

function plain(name: string): string {
  return name.slice(0, 100).toLowerCase().replace(/[-_]/g, '');
}

/** How many characters must be added, removed, changed, or change places with the next (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeThat: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const changed = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swapped = isSwapped ? (beforeThat[column - 2] ?? 0) + 1 : Infinity;
      current.push(Math.min(changed, swapped, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    [beforeThat, previous] = [previous, current];
  }
  return previous[b.length] ?? 0;
}
