import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import path from 'node:path';

/** Names of the executable, as packages install it; the threaded MPMs of openSUSE before prefork. */
const names: readonly string[] = [
  'httpd',
  'apache2',
  'httpd2',
  'httpd-event',
  'httpd-worker',
  'httpd-prefork',
];

/** Directories where packages put httpd. A normal user's PATH on Debian lacks /usr/sbin, so PATH alone finds nothing. */
const systemDirectories: readonly (readonly [directory: string, systems: string])[] = [
  ['/usr/sbin', 'Debian, Ubuntu, RHEL, Fedora, Alpine, openSUSE, Gentoo, macOS'],
  ['/usr/bin', 'Arch'],
  ['/usr/local/sbin', 'FreeBSD'],
  ['/usr/local/bin', 'built by hand'],
  ['/usr/local/apache2/bin', 'docker image, source build'],
  ['/opt/homebrew/opt/httpd/bin', 'Homebrew on arm64'],
  ['/usr/local/opt/httpd/bin', 'Homebrew on Intel'],
  ['/home/linuxbrew/.linuxbrew/opt/httpd/bin', 'Homebrew on Linux'],
  ['/opt/local/sbin', 'MacPorts'],
  ['/opt/rh/httpd24/root/usr/sbin', 'software collections'],
  ['/run/current-system/sw/bin', 'NixOS'],
];

/** Where to look, in order: PATH, then the table above. Relative entries of PATH are skipped: they depend on who asks. */
export function listSearchDirectories(env: NodeJS.ProcessEnv): readonly string[] {
  const fromPath = (env['PATH'] ?? '')
    .split(path.delimiter)
    .filter((directory) => path.isAbsolute(directory));
  return [...new Set([...fromPath, ...systemDirectories.map(([directory]) => directory)])];
}

/** Executables that may be httpd, each real file once, in the order of the directories. */
export function findCandidates(directories: readonly string[]): readonly string[] {
  const byRealPath = new Map<string, string>();
  for (const directory of directories) {
    for (const name of names) {
      const file = path.join(directory, name);
      const realPath = findExecutable(file);
      if (realPath !== undefined && !byRealPath.has(realPath)) byRealPath.set(realPath, file);
    }
  }
  return [...byRealPath.values()];
}

/**
 * Why a file must not even be asked for its version: these programs are called httpd too, and take `-v` as
 * "be verbose" and start serving.
 */
export function findImpostor(realPath: string): string | undefined {
  if (/^(busybox|toybox)/.test(path.basename(realPath))) return `${path.basename(realPath)}'s own httpd`;
  if (process.platform === 'openbsd' && realPath === '/usr/sbin/httpd') return "OpenBSD's own httpd";
  return undefined;
}

function findExecutable(file: string): string | undefined {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile() ? realpathSync(file) : undefined;
  } catch {
    return undefined; // Absent nearly everywhere: that is what looking for it means.
  }
}
