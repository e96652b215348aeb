import { createServer, type Server } from './node-http.ts';
import { version } from './version.ts';

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>express</title>
<style>
body { font: 1.1rem/1.5 system-ui, sans-serif; margin: 15vh auto; max-width: 34rem; padding: 0 1rem }
code { background: #8882; border-radius: .3rem; padding: .1rem .4rem }
</style>
<h1>It works</h1>
<p>Apache httpd answers here, with a Node process behind it. No app was given, so you see this page.</p>
<p>Serve yours: <code>express start-server app.ts</code></p>
<p><small>httpd-express ${version}, Node ${process.versions.node}</small></p>
</html>
`;

/** The built-in app, served when none is given: one page for every path. */
export function createSplash(): Server {
  return createServer((req, res) => {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    res.setHeader('Content-Type', 'text/html; charset=utf-8');
    res.end(page);
  });
}
