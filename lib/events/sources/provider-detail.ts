import { listProviderHealth, type ProviderHealth } from '#lib/events/sources/provider-health.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import type { SecretField } from '#lib/providers/definition.ts';
import { findProvider } from '#lib/providers/registry.ts';

export type PullView = {
  id: string;
  log: string;
  name: string;
  enabled: boolean;
  failures: number;
  lastOkAt: string | null;
  nextAt: string;
  lastError: string | null;
  lastErrorAt: string | null;
};
export type HookView = {
  id: string;
  kind: string;
  createdAt: string;
  createdBy: string;
  verifiedAt: string | null;
  lastReceivedAt: string | null;
};
export type ReceiverView = {
  id: string;
  issuer: string;
  audience: string;
  jwksUri: string | null;
  delivery: string;
  enabled: boolean;
  transmitterStatus: string;
  transmitterReason: string | null;
  verifiedAt: string | null;
  subjectsMax: number;
  windowMinutes: number;
  authorized: boolean;
  held: number;
  /** The stream can be made, paused and verified at the transmitter from here. */
  managed: boolean;
  madeThere: boolean;
};

/** Everything the page of one provider shows. No secret is in it, wrapped or not. */
export type ProviderDetail = ProviderHealth & {
  baseUrl: string | null;
  /** False for the desk's own door: its records come from inside, and nobody may send any. */
  takesRecords: boolean;
  canAct: boolean;
  reach: { ends: string; remains: string } | null;
  connection: { address: string; fields: readonly SecretField[] } | null;
  logs: readonly { log: string; name: string }[];
  pulls: PullView[];
  hooks: HookView[];
  hookKind: 'okta-event-hook' | 'auth0-log-stream' | null;
  receiver: ReceiverView | null;
  unmapped: { name: string; count: number }[];
  quarantineByCode: { code: string; count: number }[];
  /** Stored a minute, the last sixty; minutes without any are left out. */
  minutes: { at: string; stored: number }[];
};

/** @throws Refusal `not_found` */
export async function readProviderDetail(tx: Tx, tenantId: string, id: string): Promise<ProviderDetail> {
  const [health] = await listProviderHealth(tx, tenantId, id);
  const row = await tx.provider.findUnique({
    where: { tenantId_id: { tenantId, id } },
    select: { baseUrl: true, kind: true },
  });
  if (!health || !row) throw new Refusal('not_found', 'There is no such provider.');
  const definition = findProvider(row.kind);
  const logs = definition?.pulls ?? [];
  return {
    ...health,
    baseUrl: row.baseUrl,
    takesRecords: definition !== undefined,
    canAct: definition?.connect !== undefined,
    reach: definition?.reach ?? null,
    connection: definition?.connection ?? null,
    logs: logs.map(({ log, name }) => ({ log, name })),
    pulls: await readPulls(tx, tenantId, id, logs),
    hooks: await readHooks(tx, tenantId, id),
    hookKind: row.kind === 'okta' ? 'okta-event-hook' : row.kind === 'auth0' ? 'auth0-log-stream' : null,
    receiver: await readReceiverView(tx, tenantId, id),
    unmapped: await tx.$queryRaw<{ name: string; count: number }[]>`
      SELECT n.key AS name, sum(n.value::int)::int AS count FROM provider_batches p, jsonb_each_text(p.unmapped) AS n
      WHERE p.tenant_id = ${tenantId}::uuid AND p.provider_id = ${id}::uuid AND p.received_at > clock_timestamp() - interval '7 days' AND p.unmapped <> '{}'
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20`,
    quarantineByCode: await tx.$queryRaw<{ code: string; count: number }[]>`
      SELECT code, count(*)::int AS count FROM (SELECT code FROM quarantined_records WHERE tenant_id = ${tenantId}::uuid AND provider_id = ${id}::uuid LIMIT 10000) q
      GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20`,
    minutes: await readMinutes(tx, tenantId, id),
  };
}

async function readMinutes(tx: Tx, tenantId: string, id: string): Promise<{ at: string; stored: number }[]> {
  const rows = await tx.$queryRaw<{ at: Date; stored: number }[]>`
    SELECT date_trunc('minute', received_at) AS at, sum(stored)::int AS stored FROM provider_batches
    WHERE tenant_id = ${tenantId}::uuid AND provider_id = ${id}::uuid AND received_at > clock_timestamp() - interval '1 hour' GROUP BY 1 ORDER BY 1`;
  return rows.map(({ at, stored }) => ({ at: at.toISOString(), stored }));
}

async function readPulls(
  tx: Tx,
  tenantId: string,
  providerId: string,
  logs: readonly { log: string; name: string }[],
): Promise<PullView[]> {
  const rows = await tx.providerPull.findMany({ where: { tenantId, providerId }, orderBy: { log: 'asc' }, take: 50 });
  return rows.map((row) => ({
    id: row.id,
    log: row.log,
    name: logs.find(({ log }) => log === row.log)?.name ?? row.log,
    enabled: row.enabled,
    failures: row.failures,
    lastOkAt: row.lastOkAt?.toISOString() ?? null,
    nextAt: row.nextAt.toISOString(),
    lastError: row.lastError,
    lastErrorAt: row.lastErrorAt?.toISOString() ?? null,
  }));
}

async function readHooks(tx: Tx, tenantId: string, providerId: string): Promise<HookView[]> {
  const rows = await tx.providerHook.findMany({
    where: { tenantId, providerId, revokedAt: null },
    orderBy: { createdAt: 'desc' },
    take: 20,
    select: { id: true, kind: true, createdAt: true, createdBy: true, verifiedAt: true, lastReceivedAt: true },
  });
  return rows.map((row) => ({
    ...row,
    createdAt: row.createdAt.toISOString(),
    verifiedAt: row.verifiedAt?.toISOString() ?? null,
    lastReceivedAt: row.lastReceivedAt?.toISOString() ?? null,
  }));
}

async function readReceiverView(tx: Tx, tenantId: string, providerId: string): Promise<ReceiverView | null> {
  const row = await tx.ssfReceiver.findFirst({ where: { tenantId, providerId } });
  if (!row) return null;
  const held = await tx.ssfSet.count({ where: { tenantId, receiverId: row.id, disposition: 'held' }, take: 10_000 });
  return {
    id: row.id,
    issuer: row.issuer,
    audience: row.audience,
    jwksUri: row.jwksUri,
    delivery: row.delivery,
    enabled: row.enabled,
    transmitterStatus: row.transmitterStatus,
    transmitterReason: row.transmitterReason,
    verifiedAt: row.verifiedAt?.toISOString() ?? null,
    subjectsMax: row.subjectsMax,
    windowMinutes: row.windowMinutes,
    authorized: row.authorizationHash !== null,
    held,
    managed: row.pollSecret !== null,
    madeThere: row.streamId !== null,
  };
}
