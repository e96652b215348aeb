import { type ControlCommand, type ControlRequest, controlCommands } from './control-messages.ts';
import { ControlMessageError } from './errors.ts';

interface ArgumentRule {
  readonly expected: string;
  readonly isValid: (value: unknown) => boolean;
}

type ArgumentRules = Readonly<Record<string, ArgumentRule>>;

/** Command → the arguments it takes, none of which is required. */
const argumentsOf: Readonly<Record<ControlCommand, ArgumentRules>> = {
  status: {},
  stop: {},
  graceful: {},
  restart: {},
  roll: {
    evict: { expected: 'true or false', isValid: (value) => typeof value === 'boolean' },
    worker: {
      expected: 'the number of a worker',
      isValid: (value) => Number.isSafeInteger(value) && Number(value) > 0,
    },
  },
};

/**
 * Reads one line of the control socket. What nobody understands is refused rather than ignored: a command that is done
 * without its argument may be another command.
 *
 * @throws {ControlMessageError} ERR_SUPERVISOR_CONTROL_MESSAGE
 */
export function parseControlRequest(line: string): ControlRequest {
  const { command, ...given } = parseObject(line);
  const known = controlCommands.find((name) => name === command);
  if (known === undefined) throw new ControlMessageError(line, `one of ${controlCommands.join(', ')}`);
  for (const [name, value] of Object.entries(given)) requireArgument(line, known, name, value);
  return { command: known, ...given };
}

function parseObject(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // reported below, with the line
  }
  throw new ControlMessageError(line);
}

function requireArgument(line: string, command: ControlCommand, name: string, value: unknown): void {
  const rules = argumentsOf[command];
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule === undefined) {
    const names = Object.keys(rules).join(' and ') || 'none';
    throw new ControlMessageError(line, `the arguments that ${command} takes: ${names}`);
  }
  if (!rule.isValid(value)) throw new ControlMessageError(line, `${name} to be ${rule.expected}`);
}
