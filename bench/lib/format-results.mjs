/** JSON for people and diffs: a list of figures is one line. */
export function formatResults(results) {
  const text = JSON.stringify(results, null, 1);
  return `${text.replace(/\[\s+([-\d.e,\snul]+?)\s+\]/g, (_, list) => `[${list.replace(/\s+/g, ' ')}]`)}\n`;
}
