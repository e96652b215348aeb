import type { TemplateInput } from '../../src/input.ts';
import { allStatic, debian, privateBuild, staticMpm } from './builds.ts';
import { exampleApp, exampleInput, exampleLimits, filesInput } from './example-input.ts';
import { accessCases } from './access-cases.ts';
import { fileCases } from './file-cases.ts';
import { httpsCases } from './https-cases.ts';
import { limitCases } from './limit-cases.ts';

/** Settings × builds: each renders to `test/golden/<name>.conf`. `root` is where all its paths are. */
export const cases: Readonly<Record<string, (root: string) => TemplateInput>> = {
  'debian-event': (root) => exampleInput(root, debian),
  'debian-worker': (root) => exampleInput(root, debian, { mpm: 'worker' }),
  'debian-prefork': (root) => exampleInput(root, debian, { mpm: 'prefork' }),
  'static-mpm': (root) => exampleInput(root, staticMpm),
  'all-static': (root) => exampleInput(root, allStatic),
  'private-build': (root) => exampleInput(root, privateBuild),
  'files-only': (root) => filesInput(root, debian, { directoryIndex: 'index.html' }),
  'files-only-all-static': (root) => filesInput(root, allStatic),
  aliases: (root) =>
    exampleInput(root, debian, {
      urlAliases: [
        { url: '/static', path: `${root}/htdocs`, kind: 'directory' },
        { url: '/static/private/', path: `${root}/app`, kind: 'directory' },
        { url: '/favicon.ico', path: `${root}/htdocs/favicon.ico`, kind: 'file' },
      ],
      directoryIndex: 'index.html',
    }),
  'root-alias': (root) =>
    exampleInput(root, debian, { urlAliases: [{ url: '/', path: `${root}/htdocs`, kind: 'directory' }] }),
  'mount-point': (root) => exampleInput(root, debian, { app: { ...exampleApp(root), mountPoint: '/api' } }),
  'ipv6-host': (root) => exampleInput(root, debian, { listen: { host: '::1', port: 8000 } }),
  proxies: (root) =>
    exampleInput(root, debian, {
      hosts: { name: 'example.com', aliases: [], allowLocalhost: false },
      proxies: {
        mounts: [
          ['/', 'http://127.0.0.1:9000'],
          ['/a b, c', 'https://[::1]:9443/base/'],
        ],
        hosts: [['other.example.com', 'http://127.0.0.1:9000/']],
        timeoutSeconds: 300,
        caFile: `${root}/tls/ca.pem`,
      },
    }),
  'terminal-logs': (root) =>
    exampleInput(root, debian, {
      logs: {
        level: 'info proxy:debug',
        error: { kind: 'terminal', stream: 'stderr', openable: true },
        access: { kind: 'terminal', stream: 'stdout', openable: true },
      },
    }),
  'piped-logs': (root) =>
    exampleInput(root, debian, {
      logs: {
        level: 'warn',
        error: { kind: 'terminal', stream: 'stderr', openable: false },
        access: { kind: 'terminal', stream: 'stdout', openable: false },
      },
    }),
  'access-log': (root) =>
    exampleInput(root, debian, {
      logs: {
        level: 'warn',
        error: { kind: 'file', path: `${root}/server/error_log` },
        access: { kind: 'file', path: `${root}/server/access_log` },
      },
    }),
  'log-formats': (root) =>
    exampleInput(root, debian, {
      logs: {
        level: 'warn',
        error: { kind: 'file', path: `${root}/server/error_log` },
        errorFormat: '[%t] "%M" ${HOME}',
        access: { kind: 'file', path: `${root}/server/it's_log` },
        accessFormat: '%h "%r" ${HOME} \\',
      },
    }),
  'json-log': (root) =>
    exampleInput(root, debian, {
      logs: {
        level: 'warn',
        error: { kind: 'file', path: `${root}/server/error_log` },
        access: { kind: 'file', path: `${root}/server/it's_log` },
        accessFormat: 'json',
      },
    }),
  'rotated-log': (root) =>
    exampleInput(root, debian, {
      logs: {
        level: 'warn',
        error: { kind: 'file', path: `${root}/server/error_log` },
        access: {
          kind: 'rotated',
          path: `${root}/server/it's_log`,
          rotatelogsPath: '/usr/bin/rotatelogs',
          maxBytes: 5_242_880,
          maxFiles: 10,
        },
        accessFormat: 'combined',
      },
    }),
  'cgi-and-passed-variables': (root) =>
    exampleInput(root, debian, {
      app: { ...exampleApp(root), passenv: ['TZ'], handlers: ['.shtml'] },
      withCgi: true,
    }),
  'run-as': (root) => exampleInput(root, debian, { runAs: { user: 'nobody', group: '#65534' } }),
  'server-status': (root) => exampleInput(root, debian, { serverStatus: true }),
  'variables-and-includes': (root) =>
    exampleInput(root, debian, {
      app: { ...exampleApp(root), setenv: [['GREETING', 'say "hi" for $5 at 100% to ${HOME}\\']] },
      includeFiles: [`${root}/app/extra[1].conf`],
    }),
  'no-body-limit': (root) => exampleInput(root, debian, { limits: { ...exampleLimits, body: 0 } }),
  'max-clients': (root) =>
    exampleInput(root, debian, {
      capacity: { processes: 2, concurrency: 15, maxClients: 200, serverBacklog: 100 },
    }),
  ...accessCases,
  ...fileCases,
  ...httpsCases,
  ...limitCases,
  'odd-paths': (root) =>
    exampleInput(`${root}/it's 100% "odd" \${HOME} [*] \\ ☃`, debian, {
      directoryIndex: "in'dex $1 50%.html",
    }),
};
