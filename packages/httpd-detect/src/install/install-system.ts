import { execa } from 'execa';

import { detectHttpds, requireHttpd } from '../detect.ts';
import { type Distribution, findDistribution, formatInstallCommand } from '../distributions.ts';
import { NoInstallerError, NotPrivilegedError } from '../errors.ts';
import type { HttpdBuild } from '../httpd-build.ts';
import { type OsRelease, readOsRelease } from '../os-release.ts';
import type { InstallOptions } from './options.ts';
import { runTool } from './run-tool.ts';

/** Who installs, and on what; the machine's own by default. */
export interface Installer {
  readonly osRelease: OsRelease;
  readonly uid: number;
}

/** See `installSystemHttpd`. */
export async function installSystem(
  { env = process.env, onProgress }: InstallOptions,
  { osRelease, uid }: Installer = { osRelease: readOsRelease(), uid: process.getuid?.() ?? -1 },
): Promise<HttpdBuild> {
  const distribution = findDistribution(osRelease);
  if (distribution === undefined) {
    throw new NoInstallerError(`the package manager of ${osRelease.name} is not known`, undefined);
  }
  const prefix = await findPrivilege(distribution, env, uid);
  const commands = [distribution.refresh, [...distribution.install, ...distribution.packages]];
  for (const command of commands.filter((words) => words !== undefined)) {
    const words = [...prefix, ...command];
    onProgress(`running ${words.join(' ')}`);
    await runTool({ step: 'install httpd', command: words as [string, ...string[]], env });
  }
  // HTTPD names some other build; what was just installed is the system's.
  const detection = await detectHttpds({ env: { ...env, HTTPD: '' } });
  const build = detection.builds.find(({ source }) => source === 'system') ?? requireHttpd(detection);
  onProgress(`installed httpd ${build.version}: ${build.path}`);
  return build;
}

/** What has to stand before a command of the package manager: nothing, or sudo where it works without asking for a password. */
async function findPrivilege(
  distribution: Distribution,
  env: NodeJS.ProcessEnv,
  uid: number,
): Promise<readonly string[]> {
  const isRoot = uid === 0;
  if (isRoot === distribution.asRoot) return [];
  const command = formatInstallCommand(distribution, distribution.packages, uid);
  if (isRoot)
    throw new NotPrivilegedError(`${distribution.install[0] ?? ''} refuses to run as root`, command);
  const { failed } = await execa('sudo', ['-n', 'true'], {
    reject: false,
    env,
    extendEnv: false,
    stdin: 'ignore',
  });
  if (failed)
    throw new NotPrivilegedError('it needs root, and sudo is absent or asks for a password', command);
  return ['sudo', '-n'];
}
