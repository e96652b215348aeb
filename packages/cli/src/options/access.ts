/** Options about who is let in, whatever is asked for. */
import { type OptionTable } from '../option-spec.ts';
import { filePath, text } from '../option-values.ts';
import { authType, realm } from './access-values.ts';

export const accessOptions = {
  hostAccessScript: {
    flags: '--host-access-script <file>',
    parse: filePath,
    section: 'Access control',
    help: `A script that decides which clients are let in: it exports allowAccess(environ, host).
true lets in, false is answered 403, before any password is asked for; host is the address of the client, behind --trust-proxy that which the proxy names. For everything: files, the app, WebSockets, other servers behind this one. See docs/access-control.md.`,
  },
  authUserScript: {
    flags: '--auth-user-script <file>',
    parse: filePath,
    section: 'Access control',
    help: `A script that knows users and passwords: it exports checkPassword(environ, user, password).
true lets in; false, and null for a user there is not, are answered 401. It is asked at each request, for everything, and loaded again when it changes. The app finds who it is in \`currentRequest().variables.REMOTE_USER\`, and no Authorization header.`,
  },
  authGroupScript: {
    flags: '--auth-group-script <file>',
    parse: filePath,
    section: 'Access control',
    help: 'A script that knows groups: it exports groupsForUser(environ, user), which answers an array of names.',
  },
  authGroup: {
    flags: '--auth-group <name>',
    parse: text,
    repeatable: true,
    section: 'Access control',
    help: `A group of which a user must be a member, as --auth-group-script names it.
Any of them will do. Whoever is in none is answered 401, so that browsers ask for another user.`,
  },
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
