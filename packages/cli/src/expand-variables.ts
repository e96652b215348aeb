import { VariableError } from './errors.ts';

/**
 * `${NAME}` in an argument → the variable's value: what starts a container (`CMD ["express", …, "--port", "${PORT}"]`)
 * does so without a shell. `$${NAME}` is the text `${NAME}`. Nothing else is special: no `$NAME`, no defaults.
 *
 * @throws {VariableError} ERR_CLI_VARIABLE when it is not set
 */
export function expandVariables(argument: string, env: NodeJS.ProcessEnv): string {
  return argument.replace(/(\$?)\$\{([a-z_]\w*)\}/gi, (text, escaped: string, name: string) => {
    if (escaped !== '') return text.slice(1);
    const value = env[name];
    if (value === undefined) throw new VariableError(name);
    return value;
  });
}

/** The argument that `expandVariables` makes `text` of. */
export function escapeVariables(text: string): string {
  return text.replace(/\$\{[a-z_]\w*\}/gi, '$$$&');
}
