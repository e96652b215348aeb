export { type ServerConfig, defineConfig } from './define-config.ts';
