import { describeSettings, formatSettingsTable } from '../describe-settings.ts';
import { OptionConflictError } from '../errors.ts';
import { type Invocation } from '../invocation.ts';
import { configOptions, serverOptions } from '../options.ts';
import { previewFiles, resolveServerSettings } from '../prepare-server.ts';
import { resolveSettings } from '../settings.ts';

/** `express config`: the settings in effect, or the httpd.conf they lead to. Changes nothing on disk. */
export async function config(invocation: Invocation): Promise<number> {
  const { httpd, json } = resolveSettings(configOptions, { ...invocation, env: {} }).settings;
  if (httpd && json) throw new OptionConflictError('--httpd', 'contradicts --json');
  const resolved = await resolveServerSettings(invocation);
  if (httpd) {
    const files = await previewFiles(resolved, invocation.operands);
    process.stdout.write(files.find(({ path }) => path === 'httpd.conf')?.text ?? '');
    return 0;
  }
  const described = describeSettings(serverOptions, resolved);
  const file = resolved.configPath ?? null;
  process.stdout.write(
    json
      ? `${JSON.stringify({ app: invocation.operands[0] ?? null, file, settings: Object.fromEntries(described.map(({ name, ...rest }) => [name, rest])) }, null, 2)}\n`
      : formatSettingsTable(described),
  );
  return 0;
}
