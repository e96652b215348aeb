import { requireCertificatePair } from './certificate-pair.ts';
import { ConfigTestError } from './errors.ts';
import { requirePidFileWritable } from './run-directory.ts';
import { runProcess } from './spawn.ts';
import { type SupervisorSettings } from './supervisor-settings.ts';

/** What to test: the configuration in place, through its control script, or any file with an httpd. */
export type ConfigTestTarget =
  | { readonly apachectlPath: string }
  | {
      readonly httpdPath: string;
      readonly configPath: string;
      /** Directory of private libraries, when the build has no RPATH of its own. */
      readonly libraryPath?: string;
    };

const CONFIG_TEST_MS = 30_000;

/**
 * Runs `httpd -t`. It does not find everything: modules check some of their directives only when httpd starts.
 *
 * @throws {ConfigTestError} ERR_SUPERVISOR_CONFIG_TEST, with what httpd said
 * @throws {ProcessStartError} ERR_SUPERVISOR_PROCESS_START
 */
export async function configTest(target: ConfigTestTarget): Promise<void> {
  const { file, args, env } = toCommand(target);
  const { status, output } = await runProcess(file, args, {
    env: { ...process.env, ...env },
    timeoutMs: CONFIG_TEST_MS,
  });
  if (status !== 0) throw new ConfigTestError([file, ...args].join(' '), output);
}

/**
 * Makes sure that httpd will live through a graceful restart, as far as that can be told.
 *
 * @throws {ConfigTestError | ProcessStartError} as {@link configTest}
 * @throws {CertificatePairError} ERR_SUPERVISOR_CERTIFICATE_PAIR
 * @throws {RunDirectoryError} ERR_SUPERVISOR_RUN_DIRECTORY
 */
export async function requireUsable({
  serverRoot,
  apachectlPath,
  certificates,
}: SupervisorSettings): Promise<void> {
  if (certificates?.pair !== undefined) await requireCertificatePair(certificates.pair);
  await configTest({ apachectlPath });
  // Last: the configuration test may take a second, in which a disk fills up.
  await requirePidFileWritable(serverRoot);
}

function toCommand(target: ConfigTestTarget): { file: string; args: string[]; env?: NodeJS.ProcessEnv } {
  if ('apachectlPath' in target) return { file: target.apachectlPath, args: ['configtest'] };
  const { httpdPath, configPath, libraryPath } = target;
  const command = { file: httpdPath, args: ['-t', '-f', configPath] };
  return libraryPath === undefined ? command : { ...command, env: { LD_LIBRARY_PATH: libraryPath } };
}
