import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { allowedMethods } from '#lib/cli/front/allowed-methods.ts';
import { clientAddress, type Network } from '#lib/cli/front/client-address.ts';
import { baseHeaders, contentSecurityPolicy } from '#lib/cli/front/response-headers.ts';
import { newId } from '#lib/kernel/ids.ts';

export type FrontOptions = {
  handle: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;
  /** The public origin, e.g. https://desk.example.org: what Next takes for its own host, whatever the client says. */
  publicUrl: URL;
  trustedProxies: readonly Network[];
  onError: (error: unknown, request: IncomingMessage) => void;
};

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
// Names that Next or next-auth would believe although any client can send them.
const strippedHeaders = [
  'x-gatehouse-client-ip',
  'x-gatehouse-request-id',
  'x-middleware-subrequest',
  'x-forwarded-for',
  'x-real-ip',
  'forwarded',
];

/** The key set of an issuer of ours, the only answer beside built files that caches may keep. */
const keySetPath = /^(\/tenants\/[^/?#]+)?\/\.well-known\/jwks\.json(\?|$)/;

/**
 * The desk's own front: every request passes here before Next sees it. It decides the client's address (TRUSTED_PROXIES),
 * overwrites forwarded headers, refuses odd methods, sets the security headers on every response and a nonce a page.
 */
export function createFrontServer(options: FrontOptions): http.Server {
  const server = http.createServer(
    // A body that drips is cut off before it holds a place for long; looked at every two seconds.
    { requestTimeout: 25_000, headersTimeout: 10_000, connectionsCheckingInterval: 2_000, keepAliveTimeout: 65_000 },
    (request, response) => {
      const address = clientAddress(request.socket.remoteAddress, request.headers, options.trustedProxies);
      for (const name of strippedHeaders) delete request.headers[name];
      request.headers['x-gatehouse-client-ip'] = address ?? '';
      request.headers['x-gatehouse-request-id'] = newId();
      request.headers['x-forwarded-for'] = address ?? '';
      request.headers['x-forwarded-host'] = options.publicUrl.host;
      request.headers['x-forwarded-proto'] = options.publicUrl.protocol.replace(':', '');
      for (const [name, value] of Object.entries(baseHeaders())) response.setHeader(name, value);
      if (!methods.has(request.method ?? '')) {
        response.writeHead(405, { Allow: [...methods].join(', '), 'Content-Length': 0, Connection: 'close' }).end();
        return;
      }
      const isStatic = request.url?.startsWith('/_next/static/') ?? false;
      // What stands on a response Next does not overwrite: a key set says itself who may read it and how long it may be kept.
      if (keySetPath.test(request.url ?? '')) response.removeHeader('Cross-Origin-Resource-Policy');
      else if (!isStatic) response.setHeader('Cache-Control', 'no-store');
      if (!isStatic) {
        // Next takes the nonce for its own scripts from the request's policy.
        const policy = contentSecurityPolicy();
        request.headers['content-security-policy'] = policy;
        response.setHeader('Content-Security-Policy', policy);
      }
      sayWhatIsAllowed(request, response);
      response.once('finish', () => passOver(request));
      const handled = (async () => options.handle(request, response))();
      handled.catch((error: unknown) => {
        options.onError(error, request);
        if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' });
        response.end(
          'Something went wrong. Nothing was changed. Try again; if it stays, ask an administrator to look at the log.\n',
        );
      });
    },
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  return server;
}

/** Next answers 405 without saying what else it would take. */
function sayWhatIsAllowed(request: IncomingMessage, response: ServerResponse): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  response.writeHead = (status: number, ...more: unknown[]) => {
    if (status === 405 && !response.hasHeader('Allow')) response.setHeader('Allow', allowedMethods(request.url ?? '/'));
    return writeHead(status, ...more);
  };
}

/** Bytes of a body nobody wants that are still read. */
const passedOverMax = 64 * 1024 * 1024;

/**
 * Reads on where an answer came before the end of the body (413, 429): the sender finishes what it is sending before it reads, and
 * its next request may stand behind the rest on the same connection. A body without end is cut.
 */
function passOver(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let bytes = 0;
  // Whoever read it would hold it up still, waiting or pausing; that reader is gone.
  for (const event of ['readable', 'data']) request.removeAllListeners(event);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > passedOverMax) request.socket.destroy();
  });
  request.resume();
}
