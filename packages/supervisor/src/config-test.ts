import { requireCertificatePair } from './certificate-pair.ts';
import { ConfigTestError, PidFileError } from './errors.ts';
import { pidFileOf, requirePidFileWritable } from './run-directory.ts';
import { runProcess } from './spawn.ts';
import { type SupervisorSettings } from './supervisor-settings.ts';

/** What to test: the configuration in place, through its control script, or any file with an httpd. */
export type ConfigTestTarget = { readonly serverRoot: string } & (
  | { readonly apachectlPath: string }
  | {
      readonly httpdPath: string;
      readonly configPath: string;
      /** Directory of private libraries, when the build has no RPATH of its own. */
      readonly libraryPath?: string;
    }
);

const CONFIG_TEST_MS = 30_000;

/** The same test, as httpd is started, and what it leads to is printed. */
const testArgs = ['-t', '-D', 'FOREGROUND', '-D', 'DUMP_RUN_CFG'];

/**
 * Runs `httpd -t`. It does not find everything: modules check some of their directives only when httpd starts.
 *
 * @throws {ConfigTestError} ERR_SUPERVISOR_CONFIG_TEST, with what httpd said
 * @throws {PidFileError} ERR_SUPERVISOR_PID_FILE
 * @throws {ProcessStartError} ERR_SUPERVISOR_PROCESS_START
 */
export async function configTest(target: ConfigTestTarget): Promise<void> {
  const { file, args, env } = toCommand(target);
  const { status, output } = await runProcess(file, args, {
    env: { ...process.env, ...env },
    timeoutMs: CONFIG_TEST_MS,
  });
  if (status !== 0) throw new ConfigTestError([file, ...args].join(' '), output);
  requireOwnPidFile(target.serverRoot, output);
}

/** A start is known by the pid in it, and what httpd is told with `-k` goes there: another may be another server's. */
function requireOwnPidFile(serverRoot: string, output: string): void {
  const expected = pidFileOf(serverRoot);
  const found = /^PidFile: "(.*)"$/m.exec(output)?.[1];
  if (found !== undefined && found !== expected) throw new PidFileError(found, expected);
}

/**
 * Makes sure that httpd will live through a graceful restart, as far as that can be told.
 *
 * @throws {ConfigTestError | PidFileError | ProcessStartError} as {@link configTest}
 * @throws {CertificatePairError} ERR_SUPERVISOR_CERTIFICATE_PAIR
 * @throws {RunDirectoryError} ERR_SUPERVISOR_RUN_DIRECTORY
 */
export async function requireUsable({
  serverRoot,
  apachectlPath,
  certificates,
}: SupervisorSettings): Promise<void> {
  if (certificates?.pair !== undefined) await requireCertificatePair(certificates.pair);
  await configTest({ serverRoot, apachectlPath });
  // Last: the configuration test may take a second, in which a disk fills up.
  await requirePidFileWritable(serverRoot);
}

function toCommand(target: ConfigTestTarget): { file: string; args: string[]; env?: NodeJS.ProcessEnv } {
  if ('apachectlPath' in target) return { file: target.apachectlPath, args: testArgs };
  const { httpdPath, configPath, libraryPath } = target;
  const command = { file: httpdPath, args: [...testArgs, '-f', configPath] };
  return libraryPath === undefined ? command : { ...command, env: { LD_LIBRARY_PATH: libraryPath } };
}
