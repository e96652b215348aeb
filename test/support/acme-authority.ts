import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import path from 'node:path';

import { Authority } from './authority.ts';
import { findFreePort } from './free-port.ts';
import { secureRequest } from './https-request.ts';
import { waitFor } from './wait-for.ts';

const programs = ['/usr/bin/pebble', '/usr/bin/pebble-challtestsrv'] as const;

/** Whether there is one on this machine; Debian: package pebble. */
export const hasAcmeAuthority = programs.every((program) => {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

/** Where the authority connects to, instead of ports 80 and 443. */
export interface ChallengePorts {
  readonly httpPort: number;
  readonly httpsPort: number;
}

/** An ACME authority of our own: pebble, with a name server that has 127.0.0.1 for every name. */
export class AcmeAuthority {
  readonly directoryUrl: string;
  /** The authority of the directory itself. */
  readonly caFile: string;
  readonly #managementUrl: string;
  readonly #processes: readonly ChildProcess[];
  readonly #ca: Buffer;

  private constructor(ports: { acme: number; management: number }, ca: Authority, processes: ChildProcess[]) {
    this.directoryUrl = `https://127.0.0.1:${ports.acme}/dir`;
    this.#managementUrl = `https://127.0.0.1:${ports.management}`;
    this.caFile = ca.certificateFile;
    this.#ca = ca.certificate;
    this.#processes = processes;
  }

  static async start(directory: string, { httpPort, httpsPort }: ChallengePorts): Promise<AcmeAuthority> {
    const ca = new Authority(directory, 'acme-authority');
    const own = ca.sign('pebble', { names: ['DNS:localhost', 'IP:127.0.0.1'] });
    const [acme, management, dns, dnsManagement] = await findFreePorts();
    const config = path.join(directory, 'pebble.json');
    const pebble = {
      listenAddress: `127.0.0.1:${acme}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: own.certificateFile,
      privateKey: own.keyFile,
      httpPort,
      tlsPort: httpsPort,
    };
    writeFileSync(config, JSON.stringify({ pebble }));
    const off = ['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''];
    const nameServer = ['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${dnsManagement}`];
    const env = { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' };
    const options = { stdio: 'ignore', env } as const;
    const authority = new AcmeAuthority({ acme, management }, ca, [
      spawn(programs[0], ['-config', config, '-dnsserver', `127.0.0.1:${dns}`], options),
      spawn(programs[1], [...off, ...nameServer], options),
    ]);
    await waitFor(
      () =>
        secureRequest(authority.directoryUrl, { ca: ca.certificate }).then(
          () => true,
          () => false,
        ),
      { within: 10_000, what: 'the ACME authority to answer' },
    );
    return authority;
  }

  /** What the certificates it issues lead to. */
  async findRoot(): Promise<string> {
    return (await secureRequest(`${this.#managementUrl}/roots/0`, { ca: this.#ca })).text;
  }

  async stop(): Promise<void> {
    for (const child of this.#processes) child.kill();
    while (this.#processes.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null))
      await delay(10);
  }
}

async function findFreePorts(): Promise<[number, number, number, number]> {
  const ports = new Set<number>();
  while (ports.size < 4) ports.add(await findFreePort());
  return [...ports] as [number, number, number, number];
}
