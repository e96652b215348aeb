export { version } from './api.ts';
export { watch } from './module-graph.ts';
