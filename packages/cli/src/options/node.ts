/** Options about the Node of the workers and how it loads the app. */
import { type OptionTable } from '../option-spec.ts';
import { nodeOption } from '../node-option.ts';
import { filePath, oneOf, text } from '../option-values.ts';

export const nodeOptions = {
  loader: {
    flags: '--loader <name>',
    default: 'auto',
    parse: oneOf('auto', 'tsx', 'native', 'none', 'bundle'),
    section: 'Node and TypeScript',
    help: `How the app's modules are loaded.
auto: JavaScript by Node alone, TypeScript by tsx, with the metadata of decorators where tsconfig.json asks for it. tsx: also where the entry is JavaScript. native: Node's own type stripping, from Node 22.18. none: Node alone, whatever that makes of it. bundle: the app's own files are made into one at each (re)load, for the fastest start; not for apps that look for modules on disk. See docs/typescript.md.`,
  },
  nodeExecutable: {
    flags: '--node-executable <file>',
    defaultNote: 'the one that runs express',
    parse: filePath,
    section: 'Node and TypeScript',
    help: `The Node of the workers, 20.19 or later.
Everything else runs under the Node that runs this command.`,
  },
  nodeOption: {
    flags: '--node-option <option>',
    parse: nodeOption,
    repeatable: true,
    section: 'Node and TypeScript',
    help: `An option of Node for the workers, such as --node-option=--max-old-space-size=512.
One argument, with = before its value. Options that make Node run something else, or that cannot hold for several workers at once (a debugger on a fixed port), are refused.`,
  },
  import: {
    flags: '--import <file-or-package>',
    parse: text,
    repeatable: true,
    section: 'Node and TypeScript',
    help: `A module the workers load before anything else, such as the set-up of OpenTelemetry.
A file, also of TypeScript, or a package, which is resolved from --working-directory. The same as Node's own --import.`,
  },
} satisfies OptionTable;
