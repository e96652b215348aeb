/** argv → command, operands and raw values. Commander tokenizes and prints help; meaning is given in settings.ts. */
import { Command, CommanderError } from 'commander';

import { type CommandName, type CommandSpec, allOptions, commandTable } from './command-table.ts';
import { NoCommandError, UnknownArgumentError, showValue } from './errors.ts';
import { expandVariables } from './expand-variables.ts';
import { foldValues } from './fold-values.ts';
import { commandHelp, describeOption, programHelp } from './help.ts';
import { type Invocation } from './invocation.ts';
import { type OptionTable } from './option-spec.ts';
import { version } from './version.ts';

/** What the command line asks for; `help` when it was printed already. */
export type ParsedCommandLine = ({ readonly name: CommandName } & Invocation) | { readonly name: 'help' };

/**
 * @param argv without the two leading entries of `process.argv`
 * @throws {NoCommandError | UnknownArgumentError | OptionShapeError | VariableError} usage errors
 */
export function parseCommandLine(argv: readonly string[]): ParsedCommandLine {
  let parsed: ParsedCommandLine = { name: 'help' };
  const program = createProgram((chosen) => {
    parsed = chosen;
  });
  try {
    program.parse(foldValues(expand(spellHelp(argv)), allOptions), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw hasCommand(argv) ? toUsageError(error) : new NoCommandError();
  }
  return parsed;
}

/** `help NAME` is `NAME --help`. Of a name that it does not know, Commander says nothing. */
function spellHelp(argv: readonly string[]): readonly string[] {
  const [first, name = 'help'] = argv;
  if (first !== 'help') return argv;
  if (name === 'help') return ['--help'];
  return Object.hasOwn(commandTable, name) ? [name, '--help'] : [name];
}

/** What generated files call is final. */
function expand([name = '', ...rest]: readonly string[]): string[] {
  const spec = (commandTable as Readonly<Record<string, CommandSpec>>)[name];
  const args = spec?.hidden === true ? rest : rest.map((argument) => expandVariables(argument, process.env));
  return name === '' ? args : [name, ...args];
}

function createProgram(choose: (chosen: ParsedCommandLine) => void): Command {
  // Settings that subcommands inherit come before them.
  const program = new Command('express')
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .version(version, '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Print help.')
    .addHelpText('after', programHelp)
    .usage('COMMAND [options]')
    .description('Serve a Node or TypeScript app behind a real Apache httpd with one command.');
  for (const [name, spec] of Object.entries(commandTable) as [CommandName, CommandSpec][])
    addCommand(program, name, spec, choose);
  return program;
}

function addCommand(
  program: Command,
  name: CommandName,
  spec: CommandSpec,
  choose: (chosen: ParsedCommandLine) => void,
): void {
  const command = program
    .command(name, { hidden: spec.hidden ?? false })
    .description(spec.summary)
    .allowExcessArguments(true)
    .action(() => {
      requireNoExcess(name, spec.operands, command.args);
      choose({ name, operands: command.args, values: command.opts() });
    });
  for (const operand of spec.operands) command.argument(operand);
  addOptions(command, spec.options);
  if (spec.operands.includes('[app]')) command.addHelpText('after', commandHelp);
}

/** Commander would count them, and not say which is meant. */
function requireNoExcess(name: CommandName, operands: readonly string[], given: readonly string[]): void {
  const excess = given[operands.length];
  if (excess === undefined) return;
  const taken = given.slice(0, operands.length).map(showValue).join(' ');
  const takes = taken === '' ? 'none' : `${operands.length}, which is ${taken}`;
  throw new UnknownArgumentError(`unexpected argument ${showValue(excess)}: ${name} takes ${takes}`);
}

/** Values are collected as they are written: their number and meaning is judged in one place, whatever their source. */
function addOptions(command: Command, table: OptionTable): void {
  for (const [key, spec] of Object.entries(table))
    for (const option of describeOption(key, spec))
      command.addOption(
        option.argParser((raw: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), raw]),
      );
}

function hasCommand([first]: readonly string[]): boolean {
  return first !== undefined && !first.startsWith('-');
}

/** `error: unknown option '--prot'` and `(Did you mean --port?)` in our own form. */
function toUsageError(error: CommanderError): UnknownArgumentError {
  const [problem = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  return new UnknownArgumentError(
    // An option of another command was taken for known, and has its value with it.
    problem.replace(/^(unknown option '[^'=]+)=.*'$/s, "$1'").replace(/\.$/, ''),
    suggestion?.replace(/^\(Did you mean (.*)\?\)$/, 'did you mean $1?'),
  );
}
