export { version } from './api.ts';
