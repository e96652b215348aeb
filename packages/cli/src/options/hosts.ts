/** Options about the host names that are served. */
import { type OptionTable } from '../option-spec.ts';
import { onOff } from '../option-values.ts';
import { hostName, hostPattern } from './https-values.ts';

export const hostOptions = {
  serverName: {
    flags: '--server-name <host>',
    defaultNote: 'any name is served',
    parse: hostName,
    section: 'Network',
    help: `Host name of the server, in URLs and redirects; a request for another is answered 403.
Where it begins with www., the name without it is redirected.`,
  },
  serverAlias: {
    flags: '--server-alias <host>',
    parse: hostPattern,
    repeatable: true,
    section: 'Network',
    help: `Another host name that is served, such as example.org or *.example.org.
* stands for any characters and ? for one.`,
  },
  allowLocalhost: {
    flags: '--allow-localhost',
    default: 'off',
    parse: onOff,
    section: 'Network',
    help: `Serve clients on this machine whatever host name they ask for.
Behind a proxy on this machine everybody is such a client.`,
  },
} satisfies OptionTable;
