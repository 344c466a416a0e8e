// Serves web/ from disk with the headers of the service and forwards everything else to a running one, so that changes
// in a page are visible on reload.
//
//   node dev-server.mjs [port]
import { readFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { startService } from './service.mjs';

const web = new URL('../../web/', import.meta.url);
const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';
const STYLE = 'text/css; charset=utf-8';

export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/** Every path that is served from disk. */
export const FILES = {
  '/': ['pages/index.html', HTML],
  '/docs': ['pages/docs.html', HTML],
  '/docs/base.css': ['pages/base.css', STYLE],
  '/docs/page.css': ['pages/page.css', STYLE],
  '/docs/docs.css': ['pages/docs.css', STYLE],
  '/docs/code.js': ['pages/code.js', SCRIPT],
  '/docs/page.js': ['pages/page.js', SCRIPT],
  '/docs/page-strings.js': ['pages/page-strings.js', SCRIPT],
  '/docs/docs.js': ['pages/docs.js', SCRIPT],
  '/docs/schema.js': ['pages/schema.js', SCRIPT],
  '/docs/prose.js': ['pages/prose.js', SCRIPT],
  '/docs/icon.svg': ['pages/icon.svg', 'image/svg+xml'],
  '/widget/connect-form.js': ['connect-form.js', SCRIPT],
};

async function serveFile(path, response) {
  const name = path.replace(/^\/widget\/[^/]+\/connect-form\.js$/, '/widget/connect-form.js');
  if (!Object.hasOwn(FILES, name)) return false;
  const [file, type] = FILES[name];
  const body = await readFile(new URL(file, web));
  response.writeHead(200, {
    'content-type': type,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'access-control-allow-origin': '*',
    'cache-control': 'no-store',
  });
  response.end(body);
  return true;
}

/** Forwards a request. If the page disconnects, the request to the service ends as well. */
function forward(base, incoming, response) {
  const { hostname, port, host } = new URL(base);
  const headers = { ...incoming.headers, host };
  // The service accepts pages of its own origin, which is this server's origin here.
  if (headers.origin === `http://${incoming.headers.host}`) headers.origin = base;
  const onward = request(
    { hostname, port, path: incoming.url, method: incoming.method, headers },
    (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

/** Starts the server in front of a service. Returns `{ base, stop }`. */
export async function startDevServer(service, port = 0) {
  // A small document is the fallback if the service has none, so that the reference can be developed.
  const sample = await readFile(new URL('openapi-sample.json', import.meta.url));
  const served = await fetch(`${service.base}/openapi.json`).then((response) => response.json());
  const server = createServer(async (incoming, response) => {
    const { pathname } = new URL(incoming.url, 'http://localhost');
    if (await serveFile(pathname, response)) return;
    if (pathname === '/openapi.json' && !served.paths) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(sample);
      return;
    }
    forward(service.base, incoming, response);
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { base: `http://127.0.0.1:${server.address().port}`, stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const service = await startService();
  const { base } = await startDevServer(service, Number(process.argv[2] ?? 0));
  console.log(`${base}/ in front of ${service.base}`);
  process.once('SIGINT', () => service.stop().then(() => process.exit(0)));
  process.once('SIGTERM', () => service.stop().then(() => process.exit(0)));
}
