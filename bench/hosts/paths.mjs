// Where things are in this repository.
import path from 'node:path';

export const benchDirectory = path.dirname(import.meta.dirname);
export const repository = path.dirname(benchDirectory);
export const apps = path.join(benchDirectory, 'apps');
