/** Options about who is let in, whatever is asked for. */
import { type OptionTable } from '../option-spec.ts';
import { filePath } from '../option-values.ts';
import { authType, realm } from './access-values.ts';

export const accessOptions = {
  authUserFile: {
    flags: '--auth-user-file <file>',
    parse: filePath,
    section: 'Access control',
    help: `Ask for a user and a password of this file, as htpasswd writes it (htpasswd -cB FILE USER).
For everything: files, the app, WebSockets, other servers behind this one. httpd reads it at each request, under the account of its children. The app finds who it is in \`currentRequest().variables.REMOTE_USER\`, and no Authorization header. See docs/access-control.md.`,
  },
  authType: {
    flags: '--auth-type <type>',
    default: 'Basic',
    parse: authType,
    section: 'Access control',
    help: `How clients send passwords: Basic.
Their passwords can be read on the way unless it is HTTPS.`,
  },
  authRealm: {
    flags: '--auth-realm <text>',
    defaultNote: 'host:port',
    parse: realm,
    section: 'Access control',
    help: 'What the passwords are for, as browsers show it.',
  },
} satisfies OptionTable;
