import type { TemplateInput } from '../../src/input.ts';
import { debian } from './builds.ts';
import { exampleApp, exampleInput, filesInput, plainFiles } from './example-input.ts';

/** Golden cases about files. */
export const fileCases: Readonly<Record<string, (root: string) => TemplateInput>> = {
  'directory-listing': (root) =>
    filesInput(root, debian, {
      urlAliases: [{ url: '/static', path: `${root}/app`, kind: 'directory' }],
      files: { ...plainFiles, directoryListing: true },
    }),
  'directory-listing-mounted': (root) =>
    exampleInput(root, debian, {
      app: { ...exampleApp(root), mountPoint: '/api' },
      files: { ...plainFiles, directoryListing: true },
    }),
  spa: (root) => exampleInput(root, debian, { files: { ...plainFiles, spa: { exclude: ['/auth'] } } }),
  'spa-mounted': (root) =>
    exampleInput(root, debian, {
      app: { ...exampleApp(root), mountPoint: '/api' },
      files: { ...plainFiles, spa: { exclude: [] }, precompressed: true },
    }),
  precompressed: (root) =>
    exampleInput(root, debian, {
      urlAliases: [
        { url: '/static', path: `${root}/app`, kind: 'directory' },
        { url: '/favicon.ico', path: `${root}/htdocs/favicon.ico`, kind: 'file' },
      ],
      files: { ...plainFiles, precompressed: true },
    }),
  'error-documents': (root) =>
    exampleInput(root, debian, {
      files: {
        ...plainFiles,
        errorDocuments: [
          [404, '/errors/not found.html'],
          [500, '/errors/500.html'],
        ],
        errorOverride: true,
      },
    }),
  'error-override': (root) => exampleInput(root, debian, { files: { ...plainFiles, errorOverride: true } }),
  'own-files': (root) =>
    exampleInput(root, debian, {
      urlAliases: [{ url: '/static', path: `${root}/htdocs`, kind: 'directory' }],
      files: {
        ...plainFiles,
        allowOverride: ['AuthConfig', 'FileInfo'],
        enableSendfile: true,
        mimeTypesPath: '/dev/null',
        rewriteRulesPath: '/dev/null',
      },
    }),
};
