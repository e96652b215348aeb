import type { TemplateInput } from '../../src/input.ts';
import { debian } from './builds.ts';
import { exampleInput, filesInput, plainFiles } from './example-input.ts';

/** Golden cases about who is let in. */
export const accessCases: Readonly<Record<string, (root: string) => TemplateInput>> = {
  'user-file': (root) =>
    exampleInput(root, debian, {
      access: { kind: 'file', realm: "Bob's place at 100%, 5$", userFile: `${root}/app/users` },
      serverStatus: true,
    }),
  'user-file-with-overrides': (root) =>
    filesInput(root, debian, {
      access: { kind: 'file', realm: 'files', userFile: `${root}/app/users` },
      files: { ...plainFiles, allowOverride: ['AuthConfig'] },
    }),
  'access-scripts': (root) =>
    exampleInput(root, debian, {
      access: { kind: 'scripts', socketPath: `${root}/server/run/access.sock`, asksForPasswords: true },
      withCgi: true,
      proxies: { mounts: [['/other', 'http://127.0.0.1:9000']], hosts: [] },
      files: { ...plainFiles, allowOverride: ['AuthConfig'] },
    }),
  'host-access-script': (root) =>
    exampleInput(`${root}/it's "odd" [*] \\ ☃`, debian, {
      access: { kind: 'scripts', socketPath: `${root}/it's %{x} ☃.sock`, asksForPasswords: false },
    }),
};
