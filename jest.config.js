/** @type {import('jest').Config} */
export default {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^@httpd-express/([a-z-]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@httpd-express/([a-z-]+)/([a-z-]+)$': '<rootDir>/packages/$1/src/$2.ts',
  },
  transform: { '^.+\\.ts$': '<rootDir>/tools/jest-esbuild.mjs' },
  transformIgnorePatterns: ['/node_modules/'],
  modulePathIgnorePatterns: ['<rootDir>/packages/[^/]+/dist/', '<rootDir>/.cache/'],
  // Starting httpd and Node takes seconds on a busy machine.
  testTimeout: 60_000,
  // Tests that start servers wait for half of their time: on two processors a third worker takes a quarter off the whole.
  maxWorkers: 3,
  reporters: ['default', '<rootDir>/tools/jest-totals.mjs'],
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
};
