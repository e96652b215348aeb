import type { Difference } from './differences.ts';

const sections: readonly Difference['section'][] = ['Requests', 'Responses', 'Connections and their ends'];

/** The document with its tables written anew: each stands below the heading of its section. */
export function describeDifferences(text: string, differences: readonly Difference[]): string {
  return sections.reduce((document, section) => {
    const rows = differences.filter((row) => row.section === section);
    const table = toTable(rows.map(({ plain, here, because }) => [plain, here, because]));
    return document.replace(
      new RegExp(`(## ${section}\\n\\n)(?:\\|[^\\n]*\\n)+`),
      (_, heading: string) => `${heading}${table}`,
    );
  }, text);
}

function toTable(rows: readonly (readonly string[])[]): string {
  const lines = [['under plain node', 'here', 'because'], ['---', '---', '---'], ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
