import { declaredMethods } from '#lib/kernel/declared-methods.ts';

/** Routes beside the API, which declares its own. A test holds this against the files. */
export const otherRoutes: readonly (readonly [pattern: RegExp, methods: readonly string[]])[] = [
  [/^(\/tenants\/[^/]+)?\/\.well-known\/jwks\.json$/, ['GET']],
  [/^\/\.well-known\/ssf-configuration$/, ['GET']],
  [/^\/api\/(health|ready)$/, ['GET']],
  [/^\/api\/auth\/.+$/, ['GET', 'POST']],
  [/^\/api\/sign-in\/federated\/[^/]+\/callback$/, ['GET']],
  [/^\/api\/sign-in\/.+$/, ['POST']],
];

/** What `Allow` of a 405 says (RFC 9110 section 15.5.6 wants it): the methods this address takes. Screens are read. */
export function allowedMethods(url: string): string {
  const address = url.split('?')[0] ?? '';
  const own = declaredMethods(address);
  const named = own.length > 0 ? own : (otherRoutes.find(([pattern]) => pattern.test(address))?.[1] ?? ['GET']);
  return [...new Set([...named, ...(named.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort().join(', ');
}
