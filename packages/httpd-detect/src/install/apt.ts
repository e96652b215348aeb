// Everything apt does for a private installation: in directories of its own, so that it needs neither root nor an index that
// somebody else has fetched, and cannot disturb the system's apt.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { ensureDir } from 'fs-extra/esm';

import { InstallFailedError } from '../errors.ts';
import type { LibraryPolicy, PackageRecord } from './manifest.ts';
import { runTool, type ToolOutput } from './run-tool.ts';

/** Where and how apt works during one installation. */
export interface AptWorkspace {
  readonly directory: string;
  readonly libs: LibraryPolicy;
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (line: string) => void;
}

/** httpd with its modules · rotatelogs and htpasswd · mime.types. */
const wantedPackages = ['apache2-bin', 'apache2-utils', 'media-types'];

/**
 * Never unpacked. The C runtime must be the one the host's loader belongs to; the others are dependencies of maintainer
 * scripts, which we do not run, or database drivers.
 */
const neverUnpacked =
  /^(libc6|libgcc-s1|libstdc\+\+6|gcc-\d+-base|dpkg|tar|perl.*|libperl.*|libgdbm.*|libmd0|libselinux1|libacl1|debconf|libaprutil1-.*)$/;

/** Downloads httpd's packages and what they need, verified by apt, and unpacks them into `<directory>/root`. Returns that directory and what is in it. */
export async function fetchPackages(
  workspace: AptWorkspace,
): Promise<{ readonly root: string; readonly packages: readonly PackageRecord[] }> {
  await prepare(workspace);
  const complaint = await updateIndex(workspace);
  const names = await resolvePackages(workspace, complaint);
  workspace.onProgress(`downloading ${names.length} packages`);
  await apt(workspace, 'download packages', ['download', ...names], complaint);
  const files = (await readdir(at(workspace, 'debs'))).filter((file) => file.endsWith('.deb'));
  workspace.onProgress(`unpacking ${files.length} packages`);
  const packages: PackageRecord[] = [];
  for (const file of files) packages.push(await unpack(workspace, at(workspace, 'debs', file)));
  return { root: at(workspace, 'root'), packages };
}

async function prepare(workspace: AptWorkspace): Promise<void> {
  for (const name of ['state/lists/partial', 'cache/archives/partial', 'log', 'debs', 'root']) {
    await ensureDir(at(workspace, name));
  }
  await writeFile(at(workspace, 'empty-status'), '');
  await writeFile(at(workspace, 'apt.conf'), clearedHooks);
}

/** Hooks of the system's configuration act on the system's index, and some fail without root. Only a file can clear them. */
const clearedHooks = [
  'APT::Update::Pre-Invoke',
  'APT::Update::Post-Invoke',
  'APT::Update::Post-Invoke-Success',
]
  .map((name) => `#clear ${name};\n`)
  .join('');

/** Returns what apt complained about. */
async function updateIndex(workspace: AptWorkspace): Promise<string> {
  workspace.onProgress("updating a private copy of the package index (apt verifies the archive's signature)");
  try {
    const { complaint } = await apt(workspace, 'update the package index', ['update']);
    return complaint;
  } catch (error) {
    if (!(error instanceof InstallFailedError)) throw error;
    // One dead or badly signed third-party source fails the update; whether ours is there shows when resolving.
    const [firstLine = ''] = error.outputTail.split('\n');
    workspace.onProgress(`going on although apt complained: ${firstLine}`);
    return error.outputTail;
  }
}

async function resolvePackages(workspace: AptWorkspace, earlier: string): Promise<readonly string[]> {
  const args = ['--simulate', 'install', ...wantedPackages];
  const { stdout } = await apt(workspace, 'find the packages of httpd', args, earlier);
  const planned = [...stdout.matchAll(/^Inst (\S+)/gm)].flatMap(([, name]) => name ?? []);
  return [...new Set([...planned, ...wantedPackages])].filter((name) => !neverUnpacked.test(name));
}

async function unpack(workspace: AptWorkspace, file: string): Promise<PackageRecord> {
  const dpkgDeb = async (...args: string[]) =>
    await runTool({ step: 'unpack a package', command: ['dpkg-deb', ...args], env: workspace.env });
  await dpkgDeb('--extract', file, at(workspace, 'root'));
  const { stdout } = await dpkgDeb('--show', '--showformat', '${Package}\t${Version}', file);
  const [name = '', version = ''] = stdout.split('\t');
  return {
    name,
    version,
    sha256: createHash('sha256')
      .update(await readFile(file))
      .digest('hex'),
  };
}

async function apt(
  workspace: AptWorkspace,
  step: string,
  args: readonly string[],
  earlier?: string,
): Promise<ToolOutput> {
  return await runTool({
    step,
    command: ['apt-get', '-qq', '-c', at(workspace, 'apt.conf'), ...aptOptions(workspace), ...args],
    env: workspace.env,
    earlier,
    // `download` writes into the current directory.
    cwd: at(workspace, 'debs'),
    hint: 'check the network and the sources in /etc/apt, or install with the package manager: express install-httpd --system',
  });
}

/** On the command line, because it is read after every file of the system's configuration. */
function aptOptions(workspace: AptWorkspace): readonly string[] {
  const options: Readonly<Record<string, string>> = {
    'Dir::State': at(workspace, 'state'),
    // What counts as installed decides which libraries are fetched.
    'Dir::State::status': workspace.libs === 'all' ? at(workspace, 'empty-status') : '/var/lib/dpkg/status',
    'Dir::Cache': at(workspace, 'cache'),
    'Dir::Log': at(workspace, 'log'),
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'APT::Install-Recommends': 'false',
    // As root apt would fetch as _apt, which may not write here.
    'APT::Sandbox::User': 'root',
    // Nothing unauthenticated, whatever the system's configuration allows.
    'APT::Get::AllowUnauthenticated': 'false',
    'Acquire::AllowInsecureRepositories': 'false',
    'Acquire::AllowDowngradeToInsecureRepositories': 'false',
    'Acquire::AllowWeakRepositories': 'false',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function at(workspace: AptWorkspace, ...names: readonly string[]): string {
  return path.join(workspace.directory, ...names);
}
