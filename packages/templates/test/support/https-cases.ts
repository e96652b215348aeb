import type { TemplateInput } from '../../src/input.ts';
import { debian } from './builds.ts';
import { exampleAcme, exampleInput, exampleTls } from './example-input.ts';

/** Cases of `cases.ts` about host names and HTTPS. */
export const httpsCases: Readonly<Record<string, (root: string) => TemplateInput>> = {
  'server-name': (root) =>
    exampleInput(root, debian, {
      serverName: 'www.example.com',
      hosts: { name: 'www.example.com', aliases: ['*.example.org'], allowLocalhost: true },
    }),
  https: (root) => exampleInput(root, debian, { tls: exampleTls(root) }),
  http2: (root) => exampleInput(root, debian, { http2: true, tls: exampleTls(root) }),
  'http2-prefork': (root) => exampleInput(root, debian, { http2: true, mpm: 'prefork' }),
  'compressed-responses': (root) => exampleInput(root, debian, { compressResponses: true }),
  'compressed-responses-without-brotli': (root) =>
    exampleInput(
      root,
      { ...debian, sharedModules: debian.sharedModules.filter((name) => name !== 'brotli') },
      { compressResponses: true },
    ),
  'https-only': (root) =>
    exampleInput(root, debian, {
      listen: { host: '::1', port: 80 },
      serverName: 'example.com',
      hosts: { name: 'example.com', aliases: [], allowLocalhost: false },
      tls: {
        ...exampleTls(root),
        port: 443,
        chainFile: `${root}/tls/chain.pem`,
        environment: true,
        only: true,
        hstsPolicy: 'max-age=31536000; includeSubDomains',
      },
    }),
  acme: (root) =>
    exampleInput(root, debian, {
      serverName: 'www.example.com',
      http2: true,
      tls: withoutPair({
        ...exampleTls(root),
        names: ['www.example.com', 'example.com'],
        acme: { ...exampleAcme(root), caFile: `${root}/tls/ca.pem` },
      }),
    }),
  'client-certificates': (root) =>
    exampleInput(root, debian, {
      serverStatus: true,
      tls: { ...exampleTls(root), clients: { caFile: `${root}/tls/ca.pem`, verifyDepth: 1, paths: [] } },
    }),
  'client-certificates-by-path': (root) =>
    exampleInput(root, debian, {
      tls: {
        ...exampleTls(root),
        clients: { caFile: `${root}/tls/ca.pem`, verifyDepth: 2, paths: ['/admin', '/a b/'] },
      },
    }),
};

function withoutPair(tls: NonNullable<TemplateInput['tls']>): NonNullable<TemplateInput['tls']> {
  return Object.fromEntries(Object.entries(tls).filter(([key]) => key !== 'pair')) as typeof tls;
}
