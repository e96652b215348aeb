import { readdirSync, readFileSync } from 'node:fs';

import Handlebars from 'handlebars';

import type { Context } from './context.ts';

/** Beside `src/` and `dist/` alike. */
const templateDirectory = new URL('../conf/', import.meta.url);

/**
 * What makes text of a context, by the file name of a template; those of parts of httpd.conf may be named in the others.
 * In `dist/` they are compiled already: `tools/bundle.mjs` has another `compileTemplates` there.
 */
export function compileTemplates(
  helpers: Handlebars.HelperDeclareSpec,
): (file: string) => HandlebarsTemplateDelegate<Context> {
  const handlebars = Handlebars.create();
  handlebars.registerHelper({ ...helpers });
  const compile = (file: string) =>
    handlebars.compile<Context>(readFileSync(new URL(file, templateDirectory), 'utf8'), {
      noEscape: true,
      strict: true,
    });
  for (const file of readdirSync(templateDirectory))
    if (file.endsWith('.conf.hbs')) handlebars.registerPartial(file.replace('.conf.hbs', ''), compile(file));
  return compile;
}
