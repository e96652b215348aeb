/** Every command: what it takes, and the file that carries it out, loaded when it is chosen. */
import { type Command } from './invocation.ts';
import { type OptionTable } from './option-spec.ts';
import {
  configOptions,
  controlOptions,
  detectOptions,
  installOptions,
  runningRootOptions,
  serverOptions,
  statusOptions,
  workersOptions,
} from './options.ts';

export interface CommandSpec {
  readonly summary: string;
  /** As in help: `[app]` may be missing, `<command>` may not. */
  readonly operands: readonly string[];
  readonly options: OptionTable;
  /** Used by generated files, not by people. */
  readonly hidden?: true;
  readonly load: () => Promise<Command>;
}

export const commandTable = {
  'start-server': {
    summary: 'Serve an app behind httpd, in the foreground.',
    operands: ['[app]'],
    options: serverOptions,
    load: async () => (await import('./commands/start-server.ts')).startServer,
  },
  'setup-server': {
    summary: 'Write the files start-server would use, check them, start nothing.',
    operands: ['[app]'],
    options: serverOptions,
    load: async () => (await import('./commands/setup-server.ts')).setupServer,
  },
  config: {
    summary: 'Print the options in effect and where each came from, or the httpd.conf; change nothing.',
    operands: ['[app]'],
    options: configOptions,
    load: async () => (await import('./commands/config.ts')).config,
  },
  status: {
    summary: 'Show what runs: generation, workers, queue, restarts. Exits with 3 when nothing does.',
    operands: [],
    options: statusOptions,
    load: async () => (await import('./commands/status.ts')).status,
  },
  reload: {
    summary: 'Replace the workers, new ones first. Where these do not start, the old ones stay.',
    operands: [],
    options: runningRootOptions,
    load: async () => (await import('./commands/reload.ts')).reload,
  },
  stop: {
    summary: 'Stop what runs; requests in flight finish.',
    operands: [],
    options: runningRootOptions,
    load: async () => (await import('./commands/stop.ts')).stop,
  },
  workers: {
    summary: 'List the workers, or replace one.',
    operands: [],
    options: workersOptions,
    load: async () => (await import('./commands/workers.ts')).workers,
  },
  'detect-httpd': {
    summary: 'Show every httpd on this machine, and which would be used and why.',
    operands: [],
    options: detectOptions,
    load: async () => (await import('./commands/detect-httpd.ts')).detectHttpd,
  },
  'install-httpd': {
    summary: 'Install an httpd: a private one, without root, or the system package.',
    operands: [],
    options: installOptions,
    load: async () => (await import('./commands/install-httpd.ts')).installHttpd,
  },
  run: {
    summary: 'Run a server root that setup-server wrote, in the foreground.',
    operands: [],
    options: controlOptions,
    hidden: true,
    load: async () => (await import('./commands/run.ts')).run,
  },
  control: {
    summary: 'Start, stop or ask a server root that setup-server wrote.',
    operands: ['<command>'],
    options: controlOptions,
    hidden: true,
    load: async () => (await import('./commands/control.ts')).control,
  },
} as const satisfies Record<string, CommandSpec>;

export type CommandName = keyof typeof commandTable;

/** The options of every command, by key. */
export const allOptions: OptionTable = Object.assign(
  {},
  ...Object.values(commandTable).map(({ options }) => options),
) as OptionTable;
