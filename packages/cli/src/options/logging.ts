/** Options about logs. */
import { type OptionTable } from '../option-spec.ts';
import {
  errorLogFormat,
  fileName,
  filePath,
  logFormat,
  megabytes,
  oneOf,
  onOff,
  wholeNumber,
} from '../option-values.ts';

export const loggingOptions = {
  logDirectory: {
    flags: '--log-directory <dir>',
    defaultNote: 'the server root',
    parse: filePath,
    section: 'Logging',
    help: 'Directory of the log files; wins over --log-to-terminal.',
  },
  logLevel: {
    flags: '--log-level <level>',
    default: 'warn',
    parse: oneOf(
      ...(['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'] as const),
      ...(['trace1', 'trace2', 'trace3', 'trace4', 'trace5', 'trace6', 'trace7', 'trace8'] as const),
    ),
    section: 'Logging',
    help: `What is worth a line in the error log.
LogLevel: emerg, alert, crit, error, warn, notice, info, debug, trace1 to trace8. What the app prints is always there.`,
  },
  errorLogName: {
    flags: '--error-log-name <file>',
    default: 'error_log',
    parse: fileName,
    section: 'Logging',
    help: 'Name of the error log in the directory of logs.',
  },
  errorLogFormat: {
    flags: '--error-log-format <format>',
    defaultNote: "httpd's own, with the id of the request",
    parse: errorLogFormat,
    section: 'Logging',
    help: `Lines of httpd in the error log, as ErrorLogFormat.
What the app and our own processes print has a form of its own.`,
  },
  accessLog: {
    flags: '--access-log',
    default: 'off',
    parse: onOff,
    section: 'Logging',
    help: 'Write one line per request; see --access-log-format.',
  },
  accessLogName: {
    flags: '--access-log-name <file>',
    default: 'access_log',
    parse: fileName,
    section: 'Logging',
    help: 'Name of the access log in the directory of logs.',
  },
  accessLogFormat: {
    flags: '--access-log-format <format>',
    default: 'common',
    parse: logFormat,
    section: 'Logging',
    help: `Lines of the access log: common, combined, json, or a format as LogFormat takes it.
json has time, request id, client, user, method, path, query, protocol, status, bytes, microseconds, referer and user agent. In a format of your own the id of the request is %{UNIQUE_ID}e.`,
  },
  startupLog: {
    flags: '--startup-log',
    default: 'off',
    parse: onOff,
    section: 'Logging',
    help: `Write what httpd says before it has opened its error log to a file of its own.
Without it, that goes to the error log as well.`,
  },
  startupLogName: {
    flags: '--startup-log-name <file>',
    default: 'startup_log',
    parse: fileName,
    section: 'Logging',
    help: 'Name of the startup log in the directory of logs.',
  },
  logToTerminal: {
    flags: '--log-to-terminal',
    default: 'off',
    parse: onOff,
    section: 'Logging',
    help: `Write logs to the terminal instead of files, for containers.
The error log and the output of the app go to stderr, the access log to stdout. Nothing is rotated then.`,
  },
  rotateLogs: {
    flags: '--rotate-logs',
    default: 'off',
    parse: onOff,
    section: 'Logging',
    help: `Begin a new file when a log has reached --max-log-size, and keep --max-log-files.
The error log is copied to error_log.1 and so on, and emptied; the access log is written by rotatelogs to access_log, access_log.1 and so on in turn.`,
  },
  maxLogSizeBytes: {
    flags: '--max-log-size <megabytes>',
    default: '5',
    parse: megabytes,
    section: 'Logging',
    help: `Size at which a log is rotated: megabytes, or a number with KB, MB or GB.
At most 4095 MB; the access log in whole kilobytes, rounded up.`,
  },
  maxLogFiles: {
    flags: '--max-log-files <n>',
    default: '10',
    parse: wholeNumber(2, 10_000),
    section: 'Logging',
    help: 'Files of each log that are kept, the one being written included.',
  },
  rotatelogsExecutable: {
    flags: '--rotatelogs-executable <file>',
    defaultNote: "the httpd's own",
    parse: filePath,
    section: 'Logging',
    help: `The rotatelogs program.
Without one, the access log is rotated as the error log is: lines written in the moment of the copy may be lost.`,
  },
} satisfies OptionTable;
