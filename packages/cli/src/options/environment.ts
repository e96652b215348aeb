/** Options about the environment of the app. */
import { type OptionTable } from '../option-spec.ts';
import { environmentValue, filePath, onOff, pair, printable, variableName } from '../option-values.ts';

export const environmentOptions = {
  setenv: {
    flags: '--setenv <name> <value>',
    parse: pair(variableName, printable),
    repeatable: true,
    secret: true,
    section: 'Application',
    help: `A variable for the app, in its environment and in every request.
Written as SetEnv into httpd.conf, readable by the starting account only; the value is hidden in comments.`,
  },
  env: {
    flags: '--env <name> <value>',
    parse: pair(variableName, environmentValue),
    repeatable: true,
    secret: true,
    section: 'Application',
    help: `A variable for the app, in its environment alone; it wins over --setenv.
The value is hidden from ps as soon as the command runs; what must never be seen belongs in a file.`,
  },
  envFile: {
    flags: '--env-file <file>',
    defaultNote: '.env of the working directory, when there is one',
    parse: filePath,
    repeatable: true,
    section: 'Application',
    help: `A file of NAME=VALUE lines for the environment of the app, in the format of node --env-file.
It never overrides a variable that is set already; of several files the last wins. The app's account reads them, again at each reload.`,
  },
  dotenv: {
    flags: '--dotenv',
    default: 'on',
    parse: onOff,
    section: 'Application',
    help: `Read .env of the working directory, unless an --env-file is given.`,
  },
} satisfies OptionTable;
