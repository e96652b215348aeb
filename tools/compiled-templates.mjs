// An esbuild plugin: the templates of httpd.conf as functions, so that no start of a server compiles them. They behave as
// those of packages/templates/src/load-templates.ts, whose place this takes.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export const compiledTemplates = {
  name: 'compiled-templates',
  setup({ onLoad }) {
    onLoad({ filter: /[/]templates[/]src[/]load-templates\.ts$/ }, ({ path: file }) => ({
      contents: compile(path.join(path.dirname(file), '../conf'), createRequire(file)('handlebars')),
      loader: 'js',
    }));
  },
};

function compile(directory, handlebars) {
  const entries = readdirSync(directory).map((file) => {
    const text = readFileSync(path.join(directory, file), 'utf8');
    return `${JSON.stringify(file)}: ${handlebars.precompile(text, { noEscape: true, strict: true })}`;
  });
  return `
import Handlebars from 'handlebars/runtime.js';

const compiled = {
${entries.join(',\n')}
};

export function loadTemplates() {
  const handlebars = Handlebars.create();
  return {
    handlebars,
    files: Object.keys(compiled),
    compile: (file) => handlebars.template(compiled[file]),
  };
}
`;
}
