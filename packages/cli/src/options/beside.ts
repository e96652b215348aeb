/** Options about what runs beside the app, and what it is given. */
import { type OptionTable } from '../option-spec.ts';
import {
  account,
  fileExtension,
  filePath,
  onOff,
  pair,
  serviceName,
  variableName,
} from '../option-values.ts';

export const besideOptions = {
  passenv: {
    flags: '--passenv <name>',
    parse: variableName,
    repeatable: true,
    section: 'Application',
    help: `A variable of httpd's environment that goes with every request, as PassEnv.
The app's own environment has it in any case.`,
  },
  envvarsScript: {
    flags: '--envvars-script <file>',
    defaultNote: 'envvars in the server root',
    parse: filePath,
    section: 'Application',
    help: `A shell script that is sourced for httpd, the app and services when they start.
It must belong to whoever starts the server, and nobody else may write to it.`,
  },
  addHandler: {
    flags: '--add-handler <extension> <script>',
    parse: pair(fileExtension, filePath),
    repeatable: true,
    section: 'Beside the app',
    help: `Answer requests for files below --document-root with this extension by a script, run in the workers.
It exports what an app may export. \`currentRequest().variables.SCRIPT_FILENAME\` is the file.`,
  },
  withCgi: {
    flags: '--with-cgi',
    default: 'off',
    parse: onOff,
    section: 'Beside the app',
    help: `Run files that end in .cgi below --document-root as CGI programs.
With mod_cgid, under the account of httpd's children.`,
  },
  serviceScript: {
    flags: '--service-script <name> <file>',
    parse: pair(serviceName, filePath),
    repeatable: true,
    section: 'Beside the app',
    help: `A program that runs as long as the server: a TypeScript or JavaScript file.
It is started again when it ends, ever later, and gets SIGTERM, and --shutdown-timeout, when the server stops.`,
  },
  serviceUser: {
    flags: '--service-user <service> <user>',
    parse: pair(serviceName, account),
    repeatable: true,
    section: 'Beside the app',
    help: "Account of a service, when started as root; the app's by default.",
  },
  serviceGroup: {
    flags: '--service-group <service> <group>',
    parse: pair(serviceName, account),
    repeatable: true,
    section: 'Beside the app',
    help: "Group of a service, when started as root; the user's own by default.",
  },
  serviceLogFile: {
    flags: '--service-log-file <service> <file>',
    parse: pair(serviceName, filePath),
    repeatable: true,
    section: 'Beside the app',
    help: 'File for what a service prints, in place of the error log.',
  },
} satisfies OptionTable;
