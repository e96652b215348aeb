import type { HttpdBuild } from '@httpd-express/httpd-detect';

import type { TemplateInput } from '../../src/input.ts';

/** Settings of a plain `express start-server app.ts`, with every path below `root`. */
export function exampleInput(
  root: string,
  build: HttpdBuild,
  changes: Partial<TemplateInput> = {},
): TemplateInput {
  return filesInput(root, build, { app: exampleApp(root), ...changes });
}

/** The same settings for files alone. */
export function filesInput(
  root: string,
  build: HttpdBuild,
  changes: Partial<TemplateInput> = {},
): TemplateInput {
  return {
    generator: { name: 'express', version: '0.1.0', command: 'express setup-server app.ts' },
    build,
    serverRoot: `${root}/server`,
    listen: { port: 8000 },
    serverName: 'localhost',
    http2: false,
    compressResponses: false,
    documentRoot: `${root}/htdocs`,
    urlAliases: [],
    capacity: { processes: 1, concurrency: 100, serverBacklog: 500 },
    files: plainFiles,
    limits: exampleLimits,
    socketTimeoutSeconds: 60,
    logs: { level: 'warn', error: { kind: 'file', path: `${root}/server/error_log` } },
    serverStatus: false,
    includeFiles: [],
    control: {
      nodePath: '/usr/bin/node',
      cliPath: '/usr/lib/express/bin/express.js',
      workingDirectory: `${root}/app`,
      locale: 'C.UTF-8',
    },
    ...changes,
  };
}

/** The defaults of the command. */
export const plainFiles: TemplateInput['files'] = {
  directoryListing: false,
  precompressed: false,
  enableSendfile: false,
  errorDocuments: [],
  errorOverride: false,
  allowOverride: [],
};

/** The defaults of the command. */
export const exampleLimits: TemplateInput['limits'] = {
  body: 10_485_760,
  fields: 2000,
  fieldBytes: 16_384,
  lineBytes: 16_384,
  header: { timeoutSeconds: 15, maxSeconds: 30, minRate: 500 },
  bodyTime: { timeoutSeconds: 15, maxSeconds: 0, minRate: 500 },
  keepAliveMs: 2000,
  allowsChunked: true,
};

/** The app part of the example. */
export function exampleApp(root: string): NonNullable<TemplateInput['app']> {
  return {
    socketPath: `${root}/server/run/app.sock`,
    upgradeSocketPath: `${root}/server/run/web.sock`,
    mountPoint: '/',
    setenv: [],
  };
}

/** As `--acme www.example.com --acme example.com` asks for it. */
export function exampleAcme(root: string): NonNullable<NonNullable<TemplateInput['tls']>['acme']> {
  return {
    domains: ['www.example.com', 'example.com'],
    contact: 'admin@example.com',
    directoryUrl: 'https://acme.example/directory',
    storeDirectory: `${root}/acme`,
  };
}

/** HTTPS as `--https-port 8443 --ssl-certificate tls/example` asks for it. */
export function exampleTls(root: string): NonNullable<TemplateInput['tls']> {
  return {
    port: 8443,
    pair: { certificateFile: `${root}/tls/example.crt`, keyFile: `${root}/tls/example.key` },
    protocols: ['TLSv1.2', 'TLSv1.3'],
    cipherSuite: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    environment: false,
    only: false,
  };
}
