import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A directory of its own that any account can enter: as root, httpd's children and the app run as somebody else. */
export function createTemporaryDirectory(): { path: string; remove: () => void } {
  const directory = mkdtempSync(path.join(tmpdir(), 'express-'));
  chmodSync(directory, 0o755);
  return {
    path: directory,
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
