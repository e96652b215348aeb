/** How httpd serves files, and what it says instead of the app. */
import { type OptionTable } from '../option-spec.ts';
import { errorStatus, filePath, oneOf, onOff, pair, plainUrlPath, urlPath } from '../option-values.ts';

export const fileOptions = {
  directoryListing: {
    flags: '--directory-listing',
    default: 'off',
    parse: onOff,
    section: 'Static files',
    help: `List a directory that has no --directory-index.
Private names are not listed. Under the mount point of an app its own answer comes first: there only directories of --url-alias are listed.`,
  },
  spa: {
    flags: '--spa',
    default: 'off',
    parse: onOff,
    section: 'Static files',
    help: `Answer navigations that find no file with index.html, for apps that route in the browser.
A navigation is GET or HEAD, accepts text/html, and its last segment has no dot. index.html of the document root also answers /.
An app under a mount point such as /api keeps everything below it. At / it gets what is no navigation, and whatever --spa-exclude names.
Files with a hash in their names (index-BfK3x9aZ.js) may be kept by clients for a year; HTML is asked for again each time.`,
  },
  spaExclude: {
    flags: '--spa-exclude <url-path>',
    parse: urlPath,
    repeatable: true,
    section: 'Static files',
    help: 'URL path whose navigations --spa leaves to the app, such as /auth.',
  },
  precompressed: {
    flags: '--precompressed',
    default: 'off',
    parse: onOff,
    section: 'Static files',
    help: `Serve x.js.br or x.js.gz for x.js to clients that take them.
For text, scripts, styles, JSON, SVG, WebAssembly and fonts whose file exists beside it. Build it with the app: httpd does not compare their times.`,
  },
  mimeTypes: {
    flags: '--mime-types <file>',
    defaultNote: "the system's, or a short list of our own",
    parse: filePath,
    section: 'Static files',
    help: `File of content types by extension.
TypesConfig: a type and its extensions per line, as in /etc/mime.types.`,
  },
  enableSendfile: {
    flags: '--enable-sendfile',
    default: 'off',
    parse: onOff,
    section: 'Static files',
    help: `Let the kernel send files.
EnableSendfile. Not for network file systems, and not where files are truncated while they are served.`,
  },
  sendfileRoot: {
    flags: '--sendfile-root <dir>',
    parse: filePath,
    repeatable: true,
    section: 'Static files',
    help: `Directory of files that the app may have sent by naming one in the header X-Sendfile.
An absolute path, percent-encoded, which lies in the directory, links followed; else 404. The worker is free at once; ranges and conditions are answered from the file. Without this option the header goes to the client like any other.`,
  },
  errorDocument: {
    flags: '--error-document <status> <url-path>',
    parse: pair(errorStatus, plainUrlPath),
    repeatable: true,
    section: 'Static files',
    help: `File that httpd answers a status with, by its URL: 404 /errors/404.html.
ErrorDocument. It must be a file of the document root or of a --url-alias. For what httpd answers itself; for answers of the app see --error-override.`,
  },
  errorOverride: {
    flags: '--error-override',
    default: 'off',
    parse: onOff,
    section: 'Static files',
    help: `Replace the bodies of error answers of the app, too.
ProxyErrorOverride: of the statuses that have an --error-document, or where there is none, of every status from 400 on, with httpd's own pages.`,
  },
  allowOverride: {
    flags: '--allow-override <type>',
    parse: oneOf('All', 'AuthConfig', 'FileInfo', 'Indexes', 'Limit', 'Options', 'None'),
    repeatable: true,
    section: 'Static files',
    help: `What .htaccess files may say: All, AuthConfig, FileInfo, Indexes, Limit, Options or None.
AllowOverride, for the document root and directories of --url-alias. They speak about files only: the app is reached before they are read.`,
  },
  rewriteRules: {
    flags: '--rewrite-rules <file>',
    defaultNote: 'rewrite.conf in the server root, which is kept',
    parse: filePath,
    section: 'Static files',
    help: `A file of mod_rewrite directives that are tried before everything else.
Patterns see the path with its leading slash: RewriteRule ^/old$ /new.html. The app sees the URL as the client sent it.`,
  },
} satisfies OptionTable;
