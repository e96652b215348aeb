import { type HttpdBuild } from '@httpd-express/httpd-detect';
import { type Identities, type ServerRoot } from '@httpd-express/supervisor';
import { type TemplateInput } from '@httpd-express/templates';

import { type AccessPlan } from './access-plan.ts';
import { type FoundApp } from './find-app.ts';
import { type ServerSettings } from './options.ts';
import { type UrlAlias } from './served-paths.ts';
import { type PlannedService } from './services-plan.ts';

/** Everything that was found out before anything is written. */
export interface ServerFacts {
  readonly settings: ServerSettings;
  readonly found: FoundApp;
  readonly urlAliases: readonly UrlAlias[];
  readonly proxies?: TemplateInput['proxies'];
  /** Absent: everybody is let in. */
  readonly access?: AccessPlan;
  /** Set with `--https-port`. */
  readonly tls?: NonNullable<TemplateInput['tls']>;
  readonly workingDirectory: string;
  /** URLs and package names of `--import`. */
  readonly imports: readonly string[];
  /** Set when started as root. */
  readonly accounts?: Pick<Identities, 'app' | 'httpd'>;
  readonly build: HttpdBuild;
  readonly root: Pick<
    ServerRoot,
    | 'path'
    | 'socketPath'
    | 'upgradeSocketPath'
    | 'accessSocketPath'
    | 'workerSocketDirectory'
    | 'documentRoot'
  >;
  readonly locale: string;
  readonly env: NodeJS.ProcessEnv;
  /** Whether httpd can open the terminal's device itself: not where it is a socket, as under systemd. */
  readonly isOpenable: (stream: 'stdout' | 'stderr') => boolean;
  readonly services: readonly PlannedService[];
  /** The rotatelogs to use; absent where there is none. */
  readonly rotatelogsPath?: string;
  readonly generator: TemplateInput['generator'];
  readonly program: { readonly nodePath: string; readonly cliPath: string };
}
