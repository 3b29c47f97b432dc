import type { Permission } from '#lib/model/permissions.ts';

/** Who acts, in which tenant, with which permissions. Made by the door that proved it (session, bearer token, command line). */
export type Actor = {
  type: 'operator' | 'token' | 'system';
  id: string;
  label: string;
  tenantId: string;
  permissions: ReadonlySet<Permission>;
  /** The network address the request came from, as the trusted-proxy rule sees it. */
  ip: string | null;
  requestId: string | null;
  /** The desk session an operator acts in; absent for tokens and the system. */
  sessionId?: string | null;
  /** Seconds since the operator last proved themselves with a passkey in this session, by the database's clock; `null`: never. */
  passkeyProofAgeSeconds?: number | null;
};

/** The desk itself: the worker and the command line of whoever holds the machine. */
export function systemActor(tenantId: string, label: string, permissions: readonly Permission[] = []): Actor {
  return {
    type: 'system',
    id: 'gatehouse',
    label,
    tenantId,
    permissions: new Set(permissions),
    ip: null,
    requestId: null,
  };
}
