/** An httpd to use: found, or installed privately when that is wanted. */
import {
  type Detection,
  type HttpdBuild,
  detectHttpds,
  installPrivateHttpd,
  privateHttpdHome,
  requireHttpd,
  requireModules,
} from '@httpd-express/httpd-detect';

import { askYesNo } from './ask.ts';
import { createProgress } from './progress.ts';

/** What the httpd must be, and whether one may be installed without asking. */
export interface HttpdWanted {
  readonly env: NodeJS.ProcessEnv;
  readonly httpdExecutable: string | undefined;
  readonly modulesDirectory: string | undefined;
  readonly requiredModules: readonly string[];
  readonly installHttpd: boolean;
}

/**
 * @throws a coded error of httpd-detect: a named httpd that cannot be used, none at all, or a failed installation
 */
export async function ensureHttpd(wanted: HttpdWanted): Promise<HttpdBuild> {
  const { env, httpdExecutable, modulesDirectory, requiredModules } = wanted;
  const detection = await detectHttpds({ env, named: httpdExecutable, modulesDirectory, requiredModules });
  if (detection.chosen !== undefined) return detection.chosen;
  if (!(await mayInstall(wanted, detection))) return requireHttpd(detection);
  const build = await installWithProgress(env);
  requireModules(build, requiredModules);
  return build;
}

/** Says what an installation will do, and asks where it was not asked for. */
async function mayInstall(
  { installHttpd, env }: HttpdWanted,
  { rejected, reason }: Detection,
): Promise<boolean> {
  const why = rejected.length > 0 ? reason : 'there is no httpd on this machine';
  const plan = `a private one goes into ${privateHttpdHome(env)}; no root needed, nothing else changes`;
  if (!installHttpd) return askYesNo(`express: ${why}\nexpress: install one? ${plan}`);
  process.stderr.write(`express: ${why}; installing one: ${plan}\n`);
  return true;
}

async function installWithProgress(env: NodeJS.ProcessEnv): Promise<HttpdBuild> {
  const progress = createProgress(process.stderr);
  try {
    return await installPrivateHttpd({ env, onProgress: progress.step });
  } finally {
    progress.done();
  }
}
