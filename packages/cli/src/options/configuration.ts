import { type OptionTable } from '../option-spec.ts';
import { filePath, onOff } from '../option-values.ts';

/** Where options come from beside the command line and the environment. */
export const configurationOptions = {
  config: {
    flags: '--config <file>',
    defaultNote: 'express.config.* or package.json in the current directory',
    parse: filePath,
    notInFile: true,
    section: 'Configuration',
    help: `File with options: .ts, .js, .mjs or .json, or a package.json.
See docs/configuration.md.`,
  },
  ignoreConfig: {
    flags: '--ignore-config',
    default: 'off',
    parse: onOff,
    notInFile: true,
    section: 'Configuration',
    help: 'Do not look for a file with options.',
  },
} satisfies OptionTable;
