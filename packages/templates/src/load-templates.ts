import { readdirSync, readFileSync } from 'node:fs';

import Handlebars from 'handlebars';

import type { Context } from './context.ts';

/** Beside `src/` and `dist/` alike. */
const templateDirectory = new URL('../conf/', import.meta.url);

/** Handlebars, the names of the templates, and what makes text of a context for each of them. */
export interface Templates {
  readonly handlebars: typeof Handlebars;
  readonly files: readonly string[];
  readonly compile: (file: string) => HandlebarsTemplateDelegate<Context>;
}

/** The templates of `conf/`. In `dist/` they are compiled already: `tools/compiled-templates.mjs` replaces this file there. */
export function loadTemplates(): Templates {
  const handlebars = Handlebars.create();
  return {
    handlebars,
    files: readdirSync(templateDirectory),
    compile: (file) =>
      handlebars.compile(readFileSync(new URL(file, templateDirectory), 'utf8'), {
        noEscape: true,
        strict: true,
      }),
  };
}
