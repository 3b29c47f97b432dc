import { Refusal } from '#lib/kernel/errors.ts';
import { relyingParty } from '#lib/staff/relying-party.ts';

/**
 * Refuses a state-changing request that does not come from this desk's own pages: Origin must be there and ours, and the browser
 * must not call it cross-site. Requests with a bearer token carry no cookie and are not asked. @throws Refusal `forbidden`
 */
export function requireSameOrigin(request: Request): void {
  const site = request.headers.get('sec-fetch-site');
  if (request.headers.get('origin') === relyingParty().origin && (site === null || site === 'same-origin')) return;
  throw new Refusal(
    'forbidden',
    `This request did not come from this desk. Open it at ${relyingParty().origin} and try again. Nothing was changed.`,
  );
}
