import { type HttpdBuild, installPrivateHttpd, installSystemHttpd } from '@httpd-express/httpd-detect';

import { OptionConflictError } from '../errors.ts';
import { type Invocation } from '../invocation.ts';
import { type SettingsOf } from '../option-spec.ts';
import { installOptions } from '../options.ts';
import { createProgress } from '../progress.ts';
import { resolveSettings } from '../settings.ts';

/** `express install-httpd`: a private httpd, or with `--system` the system's; prints what is there now. */
export async function installHttpd({ values }: Invocation): Promise<number> {
  const { settings, sources } = resolveSettings(installOptions, { values, env: process.env });
  if (settings.system && (settings.force || sources.libs.kind === 'argv'))
    throw new OptionConflictError(
      '--system',
      'installs the package as it is: --force and --libs are for a private httpd',
    );
  const build = await install(settings);
  process.stdout.write(`httpd ${build.version}: ${build.path}\n`);
  return 0;
}

async function install({ system, force, libs }: SettingsOf<typeof installOptions>): Promise<HttpdBuild> {
  const { env } = process;
  const progress = createProgress(process.stderr);
  const onProgress = progress.step;
  try {
    return await (system
      ? installSystemHttpd({ env, onProgress })
      : installPrivateHttpd({ env, onProgress, force, libs }));
  } finally {
    progress.done();
  }
}
