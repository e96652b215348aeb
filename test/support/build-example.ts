import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { findExample } from './example.ts';

/** Builds an example for production with the `build` script of its package.json. */
export async function buildExample(name: string): Promise<void> {
  await promisify(execFile)('npm', ['run', 'build'], {
    cwd: findExample(name),
    // NODE_ENV would be jest's, and bundlers would believe it.
    env: { ...process.env, NODE_ENV: 'production', CI: '1', NEXT_TELEMETRY_DISABLED: '1' },
  });
}
