export { version } from './api.ts';
export { keepSockets } from './keep-sockets.ts';
export { watch } from './module-graph.ts';
