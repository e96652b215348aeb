import { fileURLToPath } from 'node:url';

/** The published entry script, by which generated files call us again. Beside `src/` and `dist/` alike. */
export const cliPath = fileURLToPath(new URL('../bin/express.js', import.meta.url));
