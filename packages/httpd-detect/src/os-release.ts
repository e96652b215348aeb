import { readFileSync } from 'node:fs';
import { release } from 'node:os';

/** Which operating system this is, in the words of os-release(5). */
export interface OsRelease {
  /** `ID`: `debian`, `rocky`; `macos` on macOS; the platform's name where no os-release exists. */
  readonly id: string;
  /** `ID_LIKE`, the closest relative first. */
  readonly idLike: readonly string[];
  /** `VERSION_ID`; empty for rolling distributions. */
  readonly versionId: string;
  /** `PRETTY_NAME`, for people. */
  readonly name: string;
}

/** The text of an os-release file → its variables. Quoting as os-release(5) allows it: shell strings on one line. */
export function parseOsRelease(text: string): OsRelease {
  const variables = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, raw] = /^\s*([A-Z][A-Z0-9_]*)=(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined && raw !== undefined) variables.set(name, unquote(raw));
  }
  const id = variables.get('ID') ?? 'linux';
  return {
    id,
    idLike: (variables.get('ID_LIKE') ?? '').split(/\s+/).filter((word) => word !== ''),
    versionId: variables.get('VERSION_ID') ?? '',
    name: variables.get('PRETTY_NAME') ?? variables.get('NAME') ?? id,
  };
}

/** This machine's os-release; never fails, a machine without one is named after its platform. */
export function readOsRelease(): OsRelease {
  if (process.platform === 'darwin') {
    return { id: 'macos', idLike: [], versionId: release(), name: `macOS (Darwin ${release()})` };
  }
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return parseOsRelease(readFileSync(path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }
  return { id: process.platform, idLike: [], versionId: release(), name: `${process.platform} ${release()}` };
}

function unquote(raw: string): string {
  const quoted = /^(["'])(.*)\1$/.exec(raw);
  return quoted === null ? raw : (quoted[2] ?? '').replace(/\\(["'$`\\])/g, '$1');
}
