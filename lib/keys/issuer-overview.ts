import { databaseNow } from '#lib/kernel/clock.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import { type Dependants, dependantsOf } from '#lib/keys/dependants.ts';
import { type Issuer, keysOf, listIssuers, loadIssuer, type StoredKey } from '#lib/keys/issuers.ts';
import { allowedFrom } from '#lib/keys/lifecycle.ts';
import { ensureOwnIssuer } from '#lib/keys/own-issuer.ts';
import type { KeyState, RotationState, RotationStep } from '#lib/model/signing-key.ts';

/**
 * A key in its place: what it is called, since when, and until when (ISO 8601). `until`: when the policy lets it move on; of the
 * key that signs, when a rotation is due, and `isDue` once that moment has come.
 */
export type KeyInPlace = {
  id: string;
  kid: string;
  version: number;
  algorithm: string;
  state: KeyState;
  since: string;
  until: string | null;
  isDue: boolean;
  leadWaived: boolean;
};
export type OpenRotation = {
  id: string;
  kind: 'rotate' | 'kill';
  state: RotationState;
  nextStep: RotationStep | 'kill' | null;
  nextAt: string | null;
  haltReason: string | null;
};
/** A rotation or kill that waits for somebody's signature; until then no other rotation can be proposed. */
export type ProposedMove = { proposalId: string; kind: 'rotate' | 'kill' };
export type IssuerView = {
  id: string;
  kind: 'own' | 'provider';
  name: string;
  issuer: string;
  jwksUri: string;
  problem: string | null;
  next: KeyInPlace | null;
  /** Keys that a provider holds beside the next one and has shown to nobody; later rotations use them up. */
  spare: KeyInPlace[];
  current: KeyInPlace | null;
  previous: KeyInPlace[];
  rotation: OpenRotation | null;
  proposed: ProposedMove | null;
};

/** Every issuer of the tenant with Next, Current and Previous, and the rotation that is open. Our own comes into being here. */
export async function issuersOverview(tx: Tx, tenantId: string): Promise<IssuerView[]> {
  await ensureOwnIssuer(tx, tenantId);
  const issuers = await listIssuers(tx, tenantId);
  const running = await tx.keyRotation.findMany({
    where: { tenantId, state: { in: ['running', 'halted'] } },
    take: 200,
  });
  const proposed = await proposedMoves(tx, tenantId);
  const at = await databaseNow(tx);
  const views: IssuerView[] = [];
  // At most a hundred issuers, and each a handful of keys by the index that leads with the issuer.
  for (const issuer of issuers) {
    const rotation = running.find(({ issuerId }) => issuerId === issuer.id);
    const open = { rotation: rotation ? openRotationOf(rotation) : null, proposed: proposed.get(issuer.id) ?? null };
    views.push(viewOf(issuer, await keysOf(tx, tenantId, issuer.id), open, at));
  }
  return views;
}

export type IssuerDetail = IssuerView & { policy: Issuer['policy']; gone: KeyInPlace[]; dependants: Dependants };

/** One issuer with its policy, its past keys and who relies on the key that signs. @throws Refusal `not_found` */
export async function issuerDetail(tx: Tx, tenantId: string, issuerId: string): Promise<IssuerDetail> {
  const issuer = await loadIssuer(tx, tenantId, issuerId);
  const keys = await keysOf(tx, tenantId, issuerId);
  const row = await tx.keyRotation.findFirst({ where: { tenantId, issuerId, state: { in: ['running', 'halted'] } } });
  const at = await databaseNow(tx);
  const proposed = (await proposedMoves(tx, tenantId)).get(issuerId) ?? null;
  const view = viewOf(issuer, keys, { rotation: row ? openRotationOf(row) : null, proposed }, at);
  const next = keys.find(({ state }) => state === 'published');
  // While an old key is still trusted it is that one people ask about.
  const asked = view.previous[0] ?? view.current;
  return {
    ...view,
    policy: issuer.policy,
    gone: keys
      .filter(({ state }) => state === 'retired' || state === 'destroyed' || state === 'compromised')
      .map((key) => inPlace(key, keys, issuer, at)),
    dependants: asked
      ? await dependantsOf(tx, { tenantId, issuerId, keyId: asked.id, nextPublishedAt: next?.publishedAt ?? null })
      : { tokens: [], readers: [], readersTotal: 0 },
  };
}

/** What waits for a signature, by issuer; where a rotation and a kill wait, the kill. */
async function proposedMoves(tx: Tx, tenantId: string): Promise<Map<string, ProposedMove>> {
  const rows = await tx.$queryRaw<{ proposalId: string; kind: string; issuerId: string }[]>`
    SELECT p.id::text AS "proposalId", p.kind, t.detail::jsonb ->> 'issuerId' AS "issuerId" FROM proposals p
    JOIN proposal_targets t ON t.tenant_id = p.tenant_id AND t.proposal_id = p.id AND t.target_type = 'signing_key'
    WHERE p.tenant_id = ${tenantId}::uuid AND p.kind IN ('rotate-key', 'kill-key') AND p.state = 'pending' AND p.expires_at > clock_timestamp()
    ORDER BY p.kind = 'kill-key' LIMIT 200`;
  return new Map(
    rows.map(({ proposalId, kind, issuerId }) => [
      issuerId,
      { proposalId, kind: kind === 'kill-key' ? 'kill' : 'rotate' },
    ]),
  );
}

function viewOf(
  issuer: Issuer,
  keys: readonly StoredKey[],
  open: Pick<IssuerView, 'rotation' | 'proposed'>,
  now: Date,
): IssuerView {
  const { id, kind, name, jwksUri, problem } = issuer;
  const place = (key: StoredKey) => inPlace(key, keys, issuer, now);
  const waiting = keys.filter(({ state }) => state === 'created' || state === 'published');
  // A provider may hold several: the public one is next, the others wait behind it.
  const next = waiting.find(({ state }) => state === 'published') ?? waiting[0];
  const current = keys.find(({ state }) => state === 'active');
  return {
    id,
    kind,
    name,
    issuer: issuer.issuer,
    jwksUri,
    problem,
    next: next ? place(next) : null,
    spare: waiting.filter((key) => key !== next).map(place),
    current: current ? place(current) : null,
    previous: keys.filter(({ state }) => state === 'retiring').map(place),
    ...open,
  };
}

function inPlace(key: StoredKey, keys: readonly StoredKey[], issuer: Issuer, now: Date): KeyInPlace {
  const since = {
    published: key.publishedAt,
    active: key.activatedAt,
    retiring: key.retiringAt,
    retired: key.retiredAt,
  };
  const at =
    key.state === 'compromised' ? key.compromisedAt : (since[key.state as keyof typeof since] ?? key.createdAt);
  const moves = { published: 'activate', retiring: 'retire', retired: 'destroy' } as const;
  const move = moves[key.state as keyof typeof moves];
  const due =
    key.state === 'active' && key.activatedAt !== null ? key.activatedAt + issuer.policy.periodSeconds * 1000 : null;
  const until = move ? allowedFrom([key, ...keys.filter(({ id }) => id !== key.id)], issuer.policy, move) : due;
  return {
    id: key.id,
    kid: key.kid,
    version: key.version,
    algorithm: key.algorithm,
    state: key.state,
    since: new Date(at ?? key.createdAt).toISOString(),
    until: until === null ? null : new Date(until).toISOString(),
    isDue: due !== null && due <= now.getTime(),
    leadWaived: key.leadWaived,
  };
}

type RotationRow = Awaited<ReturnType<Tx['keyRotation']['findFirstOrThrow']>>;
function openRotationOf(row: RotationRow): OpenRotation {
  return {
    id: row.id,
    kind: row.kind === 'kill' ? 'kill' : 'rotate',
    state: row.state as RotationState,
    nextStep: row.nextStep as OpenRotation['nextStep'],
    nextAt: row.nextAt?.toISOString() ?? null,
    haltReason: row.haltReason,
  };
}
