/** What the banner tells; absent lines are not printed. Times in milliseconds. */
export interface BannerInput {
  readonly url: string;
  readonly httpsUrl?: string;
  readonly serverStatus: boolean;
  readonly serverRoot: string;
  /** Where the error log goes: a path, or `/dev/stderr` in words. */
  readonly errorLog: string;
  readonly logLevel: string;
  readonly accessLog?: string;
  readonly startupLog?: string;
  /** Set where the server is only set up. */
  readonly controlFiles?: { readonly envvars: string; readonly apachectl: string };
  /** Absent when only files are served. */
  readonly app?: {
    readonly processes: number;
    readonly concurrency: number;
    readonly requestTimeoutMs: number;
    readonly interruptTimeoutMs: number;
    readonly startupTimeoutMs: number;
    readonly daemonBacklog: number;
    readonly queueTimeoutMs: number;
  };
  readonly capacity: { readonly threaded: number; readonly prefork: number };
  readonly serverBacklog: number;
  readonly locale: string;
  /** Set when started as root. */
  readonly accounts?: { readonly app?: string; readonly httpd: string };
}

/**
 * The lines printed once everything answers. Labels, order and padding are those of mod_wsgi-express, which programs
 * read; its "threads" are requests here, because a worker is one event loop. `Running As` is ours and comes last.
 */
export function renderBanner(input: BannerInput): string {
  const { app, controlFiles: files } = input;
  const lines: readonly (readonly [label: string, value: string | undefined])[] = [
    ['Server URL', input.url],
    ['Server URL (HTTPS)', input.httpsUrl],
    ['Server Status', input.serverStatus ? `${input.url.replace(/\/$/, '')}/server-status` : undefined],
    ['Server Root', input.serverRoot],
    ['Server Conf', `${input.serverRoot}/httpd.conf`],
    ['Error Log File', `${input.errorLog} (${input.logLevel})`],
    ['Access Log File', input.accessLog],
    ['Startup Log File', input.startupLog],
    ['Environ Variables', files?.envvars],
    ['Control Script', files?.apachectl],
    ['Operating Mode', app === undefined ? 'static' : 'daemon'],
    ['Request Capacity', app && requestCapacity(app)],
    ['Request Timeout', app && seconds(app.requestTimeoutMs)],
    ['Interrupt Timeout', app && app.interruptTimeoutMs > 0 ? seconds(app.interruptTimeoutMs) : undefined],
    ['Startup Timeout', app && app.startupTimeoutMs > 0 ? seconds(app.startupTimeoutMs) : undefined],
    ['Queue Backlog', app && `${app.daemonBacklog} (connections)`],
    ['Queue Timeout', app && seconds(app.queueTimeoutMs)],
    [
      'Server Capacity',
      app && `${input.capacity.threaded} (event/worker), ${input.capacity.prefork} (prefork)`,
    ],
    ['Server Backlog', `${input.serverBacklog} (connections)`],
    ['Locale Setting', input.locale],
    ['Running As', input.accounts && runningAs(input.accounts)],
  ];
  return lines
    .map(([label, value]) => (value === undefined ? '' : `${label.padEnd(19)}: ${value}\n`))
    .join('');
}

function requestCapacity({ processes, concurrency }: { processes: number; concurrency: number }): string {
  const unit = processes === 1 ? 'process' : 'processes';
  return `${processes * concurrency} (${processes} ${unit} * ${concurrency} requests)`;
}

function runningAs({ app, httpd }: { readonly app?: string; readonly httpd: string }): string {
  return app === undefined ? `${httpd} (httpd)` : `${app} (app), ${httpd} (httpd)`;
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} (seconds)`;
}
