import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

// Import direction: each package may import only what its row names. A name alone is the whole package.
const allowed = {
  fastcgi: [],
  'httpd-detect': [],
  templates: ['httpd-detect'],
  worker: ['fastcgi'],
  bridge: ['fastcgi', 'worker/messages', 'worker/bundle'],
  supervisor: [
    'bridge/file-watch',
    'bridge/messages',
    'bridge/output-lines',
    'bridge/output-reader',
    'bridge/restart-policy',
  ],
  cli: ['supervisor', 'templates', 'httpd-detect', 'worker/api'],
};

const importRule = (name, others) => [
  'error',
  {
    patterns: [
      {
        regex: `^@httpd-express/(?!(?:${others.join('|') || '$'})$)`,
        message: `packages/${name} may import of ours only: ${others.join(', ') || 'nothing'}`,
      },
      { regex: '^(\\.\\./){2,}', message: 'No relative imports across packages.' },
    ],
  },
];

export default defineConfig(
  globalIgnores([
    ...['**/dist/', '.tscache/', '.cache/', 'coverage/', 'out/', '**/fixtures/'],
    ...['**/.next/', '**/next-env.d.ts', '**/.svelte-kit/', 'examples/*/build/'],
    // Its compiler options and types are made by its build.
    'examples/sveltekit/**/*.ts',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      'no-control-regex': 'off',
    },
  },
  ...Object.entries(allowed).map(([name, others]) => ({
    files: [`packages/${name}/src/**/*.ts`],
    rules: { 'no-restricted-imports': importRule(name, others) },
  })),
  {
    // Examples are written as the documentation of their framework writes them.
    files: ['examples/**/*.ts'],
    rules: {
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // The compiler of each example knows which of the two it wants.
      '@typescript-eslint/dot-notation': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        AbortController: 'readonly',
        Buffer: 'readonly',
        Response: 'readonly',
        URL: 'readonly',
        clearInterval: 'readonly',
        setInterval: 'readonly',
        setTimeout: 'readonly',
        console: 'readonly',
        module: 'writable',
        performance: 'readonly',
        process: 'readonly',
      },
    },
  },
);
