import { createContext, type Context } from './context.ts';
import * as helpers from './helpers.ts';
import type { RenderedFile, TemplateInput } from './input.ts';
import { loadTemplates, type Templates } from './load-templates.ts';

/** The files of a server root, by name: template, mode, and when they are written. */
const files: readonly {
  readonly path: string;
  readonly template: string;
  readonly mode: number;
  readonly keep?: boolean;
  readonly when?: (context: Context) => boolean;
}[] = [
  { path: 'httpd.conf', template: 'httpd.conf.hbs', mode: 0o600 },
  { path: 'apachectl', template: 'apachectl.hbs', mode: 0o700 },
  { path: 'envvars', template: 'envvars.hbs', mode: 0o600, keep: true },
  { path: 'rewrite.conf', template: 'rewrite.conf.hbs', mode: 0o600, keep: true },
  {
    path: 'json-log.sed',
    template: 'json-log.sed.hbs',
    mode: 0o600,
    when: ({ accessLog }) => accessLog?.isJson === true,
  },
  { path: 'mime.types', template: 'mime.types.hbs', mode: 0o600, when: (context) => !context.hasMimeTypes },
];

/** Every name that `render` may give a file. */
export const renderedNames: readonly string[] = files.map(({ path }) => path);

/**
 * The text of every file httpd and apachectl need, to be written below `input.serverRoot`. Reads nothing but its own
 * templates. Throws `ERR_TEMPLATES_UNUSABLE_VALUE`, `…_MODULE_MISSING`, `…_HTTPD_TOO_OLD` or `…_MPM_MISSING`.
 */
export function render(input: TemplateInput): RenderedFile[] {
  const context = createContext(input);
  const templates = loadTemplates();
  registerParts(templates);
  return files
    .filter(({ when }) => when?.(context) ?? true)
    .map(({ path, template, mode, keep }) => ({
      path,
      text: templates.compile(template)(context),
      mode,
      ...(keep === undefined ? {} : { keep }),
    }));
}

/** What templates call, and the parts of httpd.conf that they name. */
function registerParts({ handlebars, files: names, compile }: Templates): void {
  handlebars.registerHelper({ ...helpers });
  for (const name of names)
    if (name.endsWith('.conf.hbs')) handlebars.registerPartial(name.replace('.conf.hbs', ''), compile(name));
}
