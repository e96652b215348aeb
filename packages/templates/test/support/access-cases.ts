import type { TemplateInput } from '../../src/input.ts';
import { debian } from './builds.ts';
import { exampleInput, filesInput, plainFiles } from './example-input.ts';

/** Golden cases about who is let in. */
export const accessCases: Readonly<Record<string, (root: string) => TemplateInput>> = {
  'user-file': (root) =>
    exampleInput(root, debian, {
      access: { kind: 'file', realm: "Bob's place at 100%, $5", userFile: `${root}/app/users` },
      serverStatus: true,
    }),
  'user-file-with-overrides': (root) =>
    filesInput(root, debian, {
      access: { kind: 'file', realm: 'files', userFile: `${root}/app/users` },
      files: { ...plainFiles, allowOverride: ['AuthConfig'] },
    }),
};
