/** Facts and settings → where logs go and how they are kept. */
import path from 'node:path';

import { type SupervisorSettings } from '@httpd-express/supervisor';
import { type LogTarget, type TemplateInput } from '@httpd-express/templates';

import { OptionConflictError, showValue } from './errors.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import { isOwnName } from './own-names.ts';
import { type ResolvedSettings } from './settings.ts';

/** Of everything that was found out, what is needed here. */
interface Facts {
  readonly settings: ServerSettings;
  readonly root: { readonly path: string };
  readonly isOpenable: (stream: 'stdout' | 'stderr') => boolean;
  readonly rotatelogsPath?: string;
}

export function toLogs(facts: Facts): TemplateInput['logs'] {
  const { settings, isOpenable } = facts;
  const { logLevel, accessLog, accessLogFormat, errorLogFormat, startupLog } = settings;
  const target = (stream: 'stdout' | 'stderr', name: string): LogTarget =>
    isOnTerminal(settings)
      ? { kind: 'terminal', stream, openable: isOpenable(stream) }
      : { kind: 'file', path: pathOf(facts, name) };
  return {
    level: logLevel,
    error: target('stderr', settings.errorLogName),
    ...(errorLogFormat !== undefined && { errorFormat: errorLogFormat }),
    ...(accessLog && {
      access: rotated(facts, target('stdout', settings.accessLogName)),
      accessFormat: accessLogFormat,
    }),
    ...(startupLog && { startupPath: pathOf(facts, settings.startupLogName) }),
  };
}

/** What the supervisor rotates, because nobody else does: a log with more than one writer, or without a rotatelogs. */
export function toLogRotation(facts: Facts): SupervisorSettings['logRotation'] {
  const { rotateLogs, maxLogSizeBytes, maxLogFiles } = facts.settings;
  if (!rotateLogs || isOnTerminal(facts.settings)) return undefined;
  const { error, access } = toLogs(facts);
  const paths = [error, access].flatMap((target) => (target?.kind === 'file' ? [target.path] : []));
  return { paths, maxBytes: maxLogSizeBytes, maxFiles: maxLogFiles };
}

const nameKeys = ['errorLogName', 'accessLogName', 'startupLogName'] as const;

/**
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT when two logs would be one file, or one would be a file of the
 *   server root itself
 */
export function requireDistinctLogs(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  serverRoot: string,
): void {
  for (const [index, key] of nameKeys.entries()) {
    const name = settings[key];
    const given = `${sources[key].name} ${showValue(name)}`;
    requireForeign(given, path.join(settings.logDirectory ?? serverRoot, name), serverRoot);
    const twin = nameKeys.slice(0, index).find((other) => settings[other] === name);
    if (twin !== undefined) throw new OptionConflictError(given, `is the file of ${sources[twin].name}, too`);
    const rotated = nameKeys.find((other) => settings.rotateLogs && isOlderFile(name, settings[other]));
    if (rotated !== undefined)
      throw new OptionConflictError(
        given,
        `is what --rotate-logs calls an older file of ${sources[rotated].name} ${showValue(settings[rotated])}`,
      );
  }
  for (const [service, file] of settings.serviceLogFile)
    requireForeign(`${sources.serviceLogFile.name} ${service} ${showValue(file)}`, file, serverRoot);
}

function requireForeign(given: string, file: string, serverRoot: string): void {
  if (path.dirname(file) === path.resolve(serverRoot) && isOwnName(path.basename(file)))
    throw new OptionConflictError(given, 'is the name of a file that the server root has itself');
}

/** `access_log.1` of `access_log` */
function isOlderFile(name: string, log: string): boolean {
  return name.startsWith(`${log}.`) && /^\d+$/.test(name.slice(log.length + 1));
}

/**
 * rotatelogs takes a percent sign for a part of a date.
 *
 * @throws {OptionConflictError} ERR_CLI_OPTION_CONFLICT
 */
export function requireRotatable(
  { settings, sources }: ResolvedSettings<typeof serverOptions>,
  facts: { readonly serverRoot: string; readonly rotatelogsPath: string | undefined },
): void {
  const { rotateLogs, accessLog, accessLogName, logDirectory } = settings;
  if (!rotateLogs || !accessLog || isOnTerminal(settings) || facts.rotatelogsPath === undefined) return;
  const directory = logDirectory ?? facts.serverRoot;
  const isName = accessLogName.includes('%');
  const directoryKey = logDirectory === undefined ? 'serverRoot' : 'logDirectory';
  if (isName || directory.includes('%'))
    throw new OptionConflictError(
      `${sources[isName ? 'accessLogName' : directoryKey].name} ${showValue(isName ? accessLogName : directory)}`,
      'has a percent sign, which --rotate-logs does not allow in the path of the access log',
    );
}

export function describeLog(target: LogTarget): string {
  return target.kind === 'terminal' ? `/dev/${target.stream}` : target.path;
}

function isOnTerminal({ logToTerminal, logDirectory }: ServerSettings): boolean {
  return logToTerminal && logDirectory === undefined;
}

function pathOf({ settings, root }: Facts, name: string): string {
  return `${settings.logDirectory ?? root.path}/${name}`;
}

function rotated({ settings, rotatelogsPath }: Facts, target: LogTarget): LogTarget {
  if (!settings.rotateLogs || target.kind !== 'file' || rotatelogsPath === undefined) return target;
  const { maxLogSizeBytes: maxBytes, maxLogFiles: maxFiles } = settings;
  return { kind: 'rotated', path: target.path, rotatelogsPath, maxBytes, maxFiles };
}
