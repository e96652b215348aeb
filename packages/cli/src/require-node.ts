import { OptionConflictError } from './errors.ts';
import { type Import, requireImport } from './import-specifier.ts';
import { type ServerSettings, type serverOptions } from './options.ts';
import { type NodeProbe, isAtLeast, probeNode } from './probe-node.ts';
import { type ResolvedSettings } from './settings.ts';

/** The first Node that strips types by itself. */
const firstWithTypes = [22, 18] as const;

/**
 * The modules to load before the app.
 *
 * @throws {PathError} ERR_CLI_PATH
 */
export function requireImports({ settings, sources }: ResolvedSettings<typeof serverOptions>): Import[] {
  return settings.import.map((raw) => requireImport(sources.import.name, raw));
}

/**
 * Looks at the Node of the workers, as far as anything was said about it: one of our own and without options needs no look.
 *
 * @throws {NodeExecutableError | NodeOptionError | OptionConflictError}
 */
export async function requireNode(settings: ServerSettings, account: NodeProbe['account']): Promise<void> {
  const { nodeExecutable, nodeOption, loader, applicationType } = settings;
  if (loader === 'bundle' && applicationType !== 'script')
    throw new OptionConflictError(
      '--loader bundle',
      `needs --application-type script, and it is ${applicationType}; leave one of them out`,
    );
  const isOurs = nodeExecutable === undefined && nodeOption.length === 0;
  const version = isOurs
    ? process.versions.node
    : await probeNode({
        nodePath: nodeExecutable ?? process.execPath,
        options: nodeOption,
        ...(account && { account }),
      });
  if (loader === 'native' && !isAtLeast(version, firstWithTypes))
    throw new OptionConflictError(
      '--loader native',
      `needs Node ${firstWithTypes.join('.')} or later for the workers, and they have ${version}; leave it out, or name another with --node-executable`,
    );
}
