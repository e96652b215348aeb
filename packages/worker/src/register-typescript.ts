/**
 * For `node --import`: TypeScript in whatever is imported after this. `?entry=` names the app, whose tsconfig.json
 * counts; without it, that is the program itself.
 */
import { registerTypeScript } from './typescript.ts';

const entry = new URL(import.meta.url).searchParams.get('entry') ?? process.argv[1] ?? process.cwd();
await registerTypeScript(entry, process.cwd());
