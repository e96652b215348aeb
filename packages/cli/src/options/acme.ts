/** Options about certificates that an authority issues over ACME. What they lead to is decided in acme-plan.ts. */
import { type OptionTable } from '../option-spec.ts';
import { filePath, onOff } from '../option-values.ts';
import { hostName, httpsUrl, mailAddress } from './https-values.ts';

export const acmeOptions = {
  acme: {
    flags: '--acme <domain>',
    parse: hostName,
    repeatable: true,
    section: 'HTTPS',
    help: `Host name to get a certificate for, and to renew it, from an authority such as Let's Encrypt.
One certificate is for all that are named, and is kept under the first. The authority connects to them on ports 80 and 443, which must lead to --port and --https-port. Takes httpd's mod_md, and --acme-contact and --acme-agree.`,
  },
  acmeContact: {
    flags: '--acme-contact <email>',
    parse: mailAddress,
    section: 'HTTPS',
    help: 'Where the authority writes to about the certificate.',
  },
  acmeAgree: {
    flags: '--acme-agree',
    default: 'off',
    parse: onOff,
    section: 'HTTPS',
    help: `Agree to the terms of service of the authority.
Those of Let's Encrypt are at https://letsencrypt.org/repository/.`,
  },
  acmeDirectory: {
    flags: '--acme-directory <url>',
    defaultNote: "that of Let's Encrypt",
    parse: httpsUrl,
    section: 'HTTPS',
    help: `The authority: the URL of its ACME directory.
https://acme-staging-v02.api.letsencrypt.org/directory issues certificates that no browser trusts, to try things out.`,
  },
  acmeCaCertificateFile: {
    flags: '--acme-ca-certificate-file <file>',
    defaultNote: "the system's",
    parse: filePath,
    section: 'HTTPS',
    help: 'Authorities that the URL of --acme-directory is checked with, PEM: for an authority of your own.',
  },
  acmeStore: {
    flags: '--acme-store <dir>',
    defaultNote: 'acme in the server root',
    parse: filePath,
    section: 'HTTPS',
    help: `Where the account, the keys and the certificates are kept.
Made if it is not there, and readable by httpd alone. It should outlive the machine's restart: authorities limit how many certificates they issue in a week.`,
  },
} satisfies OptionTable;
