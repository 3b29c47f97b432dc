import ipaddr from 'ipaddr.js';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { findNetwork } from '#lib/kernel/geo/networks.ts';
import { type DeskSession, endDeskSession, findDeskSession, moveDeskSession } from '#lib/staff/desk-sessions.ts';
import { networkOf } from '#lib/staff/rate-limit.ts';

/** What a request differs in from what its session was last seen with, and what is done about it (ASVS 8.2.4, 7.5.1). */
export const sessionChanges = {
  none: { title: 'The same browser and address', outcome: 'goes on' },
  network: {
    title: 'Another address of the same network or operator of networks (ASN), or of one’s own house',
    outcome: 'goes on',
  },
  version: { title: 'Another version of the same browser on the same system', outcome: 'goes on' },
  elsewhere: { title: 'An address of another operator of networks', outcome: 'passkey' },
  'elsewhere, break-glass': { title: 'The same, in a break-glass session', outcome: 'ends' },
  browser: { title: 'Another browser or system, or none named', outcome: 'ends' },
} as const satisfies Record<string, { title: string; outcome: 'goes on' | 'passkey' | 'ends' }>;
export type SessionChange = keyof typeof sessionChanges;

type Seen = { ip: string | null; userAgent: string | null };

/** What changed, the gravest first. An address that is not known (a call inside the process) tells nothing. */
export function changeOf(
  session: Seen & Pick<DeskSession, 'way'>,
  now: Seen,
  asnOf: (ip: string) => number | null,
): SessionChange {
  if (session.userAgent !== null && withoutVersions(now.userAgent) !== withoutVersions(session.userAgent))
    return 'browser';
  const [from, to] = [session.ip, now.ip];
  if (from !== null && to !== null && from !== to && !isNear(from, to, asnOf))
    return session.way === 'break-glass' ? 'elsewhere, break-glass' : 'elsewhere';
  if (from !== null && to !== null && from !== to) return 'network';
  return session.userAgent !== null && now.userAgent?.slice(0, 500) !== session.userAgent ? 'version' : 'none';
}

/**
 * The living session behind a token, after a look at where the request comes from: `sessionChanges` says what ends it and what limits
 * it until a passkey is shown; both are audited once. Otherwise as `findDeskSession`.
 */
export async function findWatchedSession(
  database: Database,
  token: string,
  headers: { get(name: string): string | null },
  options: { extend: boolean },
): Promise<DeskSession | null> {
  const session = await findDeskSession(database, token, options);
  if (!session) return null;
  const now = { ip: headers.get('x-gatehouse-client-ip') || null, userAgent: headers.get('user-agent') };
  const change = changeOf(session, now, (ip) => findNetwork(ip)?.asn ?? null);
  if (change === 'none' || change === 'version') return session;
  const { outcome } = sessionChanges[change];
  const isNoted = await database.inTenant(session.tenantId, async (tx) => {
    const noted =
      outcome === 'ends'
        ? await endDeskSession(tx, session.id, `${sessionChanges[change].title.toLowerCase()} than before`)
        : await moveDeskSession(tx, { id: session.id, from: session.ip, to: now.ip, limits: outcome === 'passkey' });
    if (noted && outcome !== 'goes on')
      await appendAudit(tx, actorOf(session, now.ip, headers), {
        action: outcome === 'ends' ? 'session_ended_by_change' : 'session_moved',
        outcome: 'success',
        target: { type: 'desk_session', id: session.id },
        detail: { change, from_ip: session.ip, to_ip: now.ip },
      });
    return noted;
  });
  if (outcome === 'ends') return null;
  return outcome === 'goes on' && isNoted ? session : findDeskSession(database, token, { extend: false });
}

function actorOf(session: DeskSession, ip: string | null, headers: { get(name: string): string | null }): Actor {
  return {
    ...systemActor(session.tenantId, session.displayName),
    type: 'operator',
    id: session.operatorId,
    sessionId: session.id,
    ip,
    requestId: headers.get('x-gatehouse-request-id'),
  };
}

/** Browsers change their numbers overnight; their name and system stay. */
function withoutVersions(userAgent: string | null): string {
  return (userAgent ?? '').slice(0, 500).replace(/[\d._]+/g, '');
}

function isNear(from: string, to: string, asnOf: (ip: string) => number | null): boolean {
  if (networkOf(from) === networkOf(to) || (isOfTheHouse(from) && isOfTheHouse(to))) return true;
  const asn = asnOf(from);
  return asn !== null && asn === asnOf(to);
}

/** Loopback and private networks: the same desk is reached by several of them. */
function isOfTheHouse(ip: string): boolean {
  return (
    ipaddr.isValid(ip) &&
    ['loopback', 'private', 'linkLocal', 'uniqueLocal', 'carrierGradeNat'].includes(ipaddr.process(ip).range())
  );
}
