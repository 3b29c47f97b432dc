import type { ProviderRow } from '#lib/events/event-row.ts';
import type { PublicKeySet, SignatureAlgorithm } from '#lib/kernel/crypto/json-web-token.ts';
import { signatureAlgorithms } from '#lib/kernel/crypto/json-web-token.ts';
import type { Database, Tx } from '#lib/kernel/db/database.ts';
import { type FairQueue, fairQueue } from '#lib/kernel/fair-queue.ts';
import { httpAllowanceSchema, noAllowance } from '#lib/kernel/http/address-guard.ts';
import { type HttpClient, sharedHttpClient } from '#lib/kernel/http/http-client.ts';

/** A Shared Signals stream as the receiving side needs it. */
export type Receiver = {
  id: string;
  tenantId: string;
  provider: ProviderRow;
  issuer: string;
  audience: string;
  jwksUri: string | null;
  jwks: PublicKeySet | null;
  algorithms: readonly SignatureAlgorithm[];
  authorizationHash: Uint8Array | null;
  delivery: 'push' | 'poll';
  pollUrl: string | null;
  pollSecret: Uint8Array | null;
  streamId: string | null;
  criticalMembers: readonly string[];
  enabled: boolean;
  subjectsMax: number;
  windowMinutes: number;
  httpAllowance: unknown;
};

// Fewer at once than the ingest pool has connections: strangers who knock at made-up addresses leave the others to those who deliver.
// Next loads a module once a bundle; there is one pool, so there is one of these.
const shared = globalThis as { gatehouseKnocking?: FairQueue };
shared.gatehouseKnocking ??= fairQueue({ atOnce: 2, waitingMax: 1_000 });
const knocking = shared.gatehouseKnocking;

/**
 * Reads what stands at the random id of an address, in its tenant; `null` when nothing does. Asked before anybody has proved
 * anything, so it waits its turn. @throws Refusal `unavailable` when too many wait already
 */
export function openInlet<Found>(
  database: Database,
  id: string,
  read: (tx: Tx, tenantId: string) => Promise<Found | null>,
): Promise<Found | null> {
  return knocking.pass(id, async () => {
    const rows = await database.outsideTenants(
      (tx) => tx.$queryRaw<{ tenant_id: string }[]>`SELECT tenant_id::text FROM gatehouse_find_inlet(${id}::uuid)`,
    );
    const tenantId = rows[0]?.tenant_id;
    return tenantId ? database.inTenant(tenantId, (tx) => read(tx, tenantId)) : null;
  });
}

/** `null` when this tenant has no such receiver. */
export async function readReceiver(tx: Tx, tenantId: string, id: string): Promise<Receiver | null> {
  const row = await tx.ssfReceiver.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (!row) return null;
  const provider = await tx.provider.findUnique({ where: { tenantId_id: { tenantId, id: row.providerId } } });
  if (!provider) return null;
  return {
    ...row,
    provider,
    delivery: row.delivery === 'poll' ? 'poll' : 'push',
    jwks: (row.jwks as PublicKeySet | null) ?? null,
    algorithms: signatureAlgorithms.filter((name) => row.algorithms.includes(name)),
    httpAllowance: provider.httpAllowance,
  };
}

/** The receiver that a provider is the records of; `null` when it is no Shared Signals stream. */
export async function readReceiverOf(tx: Tx, tenantId: string, providerId: string): Promise<Receiver | null> {
  const row = await tx.ssfReceiver.findFirst({ where: { tenantId, providerId }, select: { id: true } });
  return row ? readReceiver(tx, tenantId, row.id) : null;
}

/** The way out to this stream's transmitter, and to nobody else's networks. */
export function clientFor(receiver: Pick<Receiver, 'httpAllowance' | 'jwksUri' | 'pollUrl'>): HttpClient {
  return sharedHttpClient({
    allowance: httpAllowanceSchema.parse(receiver.httpAllowance ?? noAllowance),
    origins: [receiver.jwksUri, receiver.pollUrl].flatMap((address) =>
      address === null ? [] : new URL(address).origin,
    ),
  });
}
