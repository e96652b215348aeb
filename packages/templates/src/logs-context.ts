/** Decides where httpd's logs go and what their lines look like. */
import path from 'node:path';

import { UnusableValueError } from './errors.ts';
import { shell, tokenizable } from './helpers.ts';
import type { LogTarget, TemplateInput } from './input.ts';

/** The formats that have a name. In JSON, httpd escapes as C does: `json-log.sed` makes JSON's escapes of that. */
const accessFormats: Readonly<Record<string, string>> = {
  common: '%h %l %u %t "%r" %>s %b',
  combined: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
  json: `{${Object.entries({
    time: '"%{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t%{%z}t"',
    id: '"%{UNIQUE_ID}e"',
    client: '"%a"',
    user: '"%u"',
    method: '"%m"',
    path: '"%U"',
    query: '"%q"',
    protocol: '"%H"',
    host: '"%{Host}i"',
    status: '%>s',
    bytes: '%B',
    microseconds: '%D',
    referer: '"%{Referer}i"',
    agent: '"%{User-Agent}i"',
  })
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`,
};

/** httpd's own, and the id by which the lines of one request are found in every log. A field without a value is left out. */
const errorFormat = String.raw`[%{u}t] [%-m:%l] [pid %P:tid %T] %7F: %E: [client\ %a] [request\ %{UNIQUE_ID}e] %M% ,\ referer\ %{Referer}i`;

/** Loaded where the build has it: without it, lines have no id. */
export const requestIdModule = 'unique_id';

export function logsContext({ logs, serverRoot, build }: TemplateInput) {
  const hasIds = [...build.staticModules, ...build.sharedModules].includes(requestIdModule);
  return {
    logLevel: logLevel(logs.level),
    errorLog: errorDestination(logs.error),
    errorLogFormat: logs.errorFormat ?? (hasIds ? errorFormat : null),
    accessLog:
      logs.access === undefined ? null : accessLog(logs.access, logs.accessFormat ?? 'common', serverRoot),
    startupLogPath: logs.startupPath ?? null,
  };
}

function accessLog(target: LogTarget, format: string, serverRoot: string) {
  const named = Object.hasOwn(accessFormats, format) ? accessFormats[format] : undefined;
  const isJson = format === 'json';
  return {
    destination: isJson ? jsonDestination(target, serverRoot) : plainDestination(target),
    format: named ?? format,
    nickname: named === undefined ? 'custom' : format,
    isJson,
  };
}

/** `warn`, or `warn proxy:debug`: several arguments, which is why it cannot be quoted. */
function logLevel(level: string): string {
  if (/^[a-z0-9_:]+( [a-z0-9_:]+)*$/i.test(level)) return level;
  throw new UnusableValueError(
    'the log level',
    level,
    'levels as LogLevel takes them, such as warn or "warn proxy:debug"',
  );
}

/**
 * A log that a command of a POSIX shell reads. httpd ends it with SIGTERM, whatever is left in the pipe, and kills it when
 * it reads the error log and has not ended three seconds later (httpd 2.4.71, apr 1.7): that meets a shell alone. The
 * command goes on to the end of the log, which is when httpd and its last child are gone.
 */
function pipe(command: string): string {
  return `|$${tokenizable(
    `exec 4<&0; (trap '' HUP INT TERM USR1; exec <&4 4<&-; ${command}) & trap '' HUP INT USR1; wait`,
  )}`;
}

function errorDestination(target: LogTarget): string {
  if (target.kind === 'rotated')
    throw new Error('the error log has other writers than httpd. This is a bug.');
  return plainDestination(target);
}

/** The devices of an open terminal, else a program that copies to it. */
function plainDestination(target: LogTarget): string {
  switch (target.kind) {
    case 'file':
      return target.path;
    case 'terminal':
      return target.openable ? `/dev/${target.stream}` : pipe(`exec cat${redirections[target.stream]}`);
    case 'rotated':
      return pipe(`exec ${rotate(target)}`);
  }
}

/**
 * A piped log comes out of httpd's standard output: httpd points its own standard error at the error log. Whoever starts
 * httpd may leave a second descriptor of standard error, and its number in this variable.
 */
const redirections = { stdout: '', stderr: ' >&"${HTTPD_EXPRESS_STDERR:-1}"' } as const;

function jsonDestination(target: LogTarget, serverRoot: string): string {
  const filter = `sed -u -f ${shell(path.join(serverRoot, 'json-log.sed'))}`;
  switch (target.kind) {
    case 'file':
      return pipe(`exec ${filter} >> ${shell(target.path)}`);
    case 'terminal':
      return pipe(`exec ${filter}${redirections[target.stream]}`);
    case 'rotated':
      return pipe(`${filter} | ${rotate(target)}`);
  }
}

/** `-n`: the files are used in turn, the oldest is emptied. httpd 2.4.5. */
function rotate({ path: file, rotatelogsPath, maxBytes, maxFiles }: LogTarget & { kind: 'rotated' }): string {
  // It would take a percent sign for a part of a date.
  if (file.includes('%'))
    throw new UnusableValueError(
      'the access log',
      file,
      'a path without percent signs, because it is rotated',
    );
  // Of 2GB and more it could not read the number of bytes.
  return `${shell(rotatelogsPath)} -n ${maxFiles} ${shell(file)} ${Math.ceil(maxBytes / 1024)}K`;
}
