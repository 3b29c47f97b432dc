import pg from 'pg';
import { approveProposal } from '#lib/approvals/decide.ts';
import { freezePage, openDraft, sealDraft } from '#lib/approvals/freeze.ts';
import { signingOptions } from '#lib/approvals/signature.ts';
import { registerSoftPasskey, type SoftPasskey } from '#lib/approvals/soft-passkey.ts';
import { submitDraft } from '#lib/approvals/submit.ts';
import { type BenchContext, type BenchGroup, percentile, sizeFrom } from '#lib/cli/bench/group.ts';
import { startWeb } from '#lib/cli/bench/web-process.ts';
import type { Effects } from '#lib/execution/effect.ts';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { scriptedProvider } from '#lib/execution/scripted-provider.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { newId, stableId } from '#lib/kernel/ids.ts';
import { permissionsOf } from '#lib/model/permissions.ts';
import { effects as allEffects } from '#lib/pipeline.ts';
import { endingSessions, endSessionEffect } from '#lib/revocation/end-session-effect.ts';
import { introspectSession } from '#lib/revocation/introspect.ts';
import { type RevocationParameters, scopePage } from '#lib/revocation/scope.ts';
import { createServiceToken } from '#lib/staff/service-tokens.ts';

type Person = { actor: Actor; sessionId: string; passkey: SoftPasskey };
type Field = { tenantId: string; providerId: string; ada: Person; grace: Person };

const latencyMs = 20;
const concurrency = 32;

/**
 * Freezing, cutting off and marking at two sizes against the barest SQL that touches as many rows on the same server; the fan-out
 * against what its waiting alone would take; introspection through the real web process.
 */
export const benchRevocation: BenchGroup = async (context) => {
  const sizes = [sizeFrom('BENCH_SESSIONS_SMALL', 100_000), sizeFrom('BENCH_SESSIONS', 1_000_000)];
  await fanOut(context, await prepare(context, 'fan-out', sizeFrom('BENCH_ITEMS', 10_000)));
  for (const size of sizes) {
    const field = await prepare(context, `size-${size}`, size);
    const run = await freezeAndCutOff(context, field, size);
    if (size === sizes.at(-1)) await introspection(context, field);
    await mark(context, field, run, size);
  }
};

/** A tenant with so many living sessions, half as many people, one provider and two people who may sign. */
async function prepare(context: BenchContext, slug: string, sessions: number): Promise<Field> {
  context.say(`making ${sessions.toLocaleString('en-US')} sessions`);
  const tenantId = newId();
  const providerId = newId();
  await asOwner(context, async (client) => {
    await client.query('INSERT INTO tenants (id, slug, name) VALUES ($1, $2, $2)', [tenantId, slug]);
    await client.query(
      "INSERT INTO providers (tenant_id, id, slug, kind, name, issuer) VALUES ($1, $2, 'double', 'ocsf', 'Double', 'urn:double')",
      [tenantId, providerId],
    );
    await client.query(
      `INSERT INTO people (tenant_id, id, provider_id, issuer, subject, account_type, display_name, email, first_seen_at, last_seen_at, sign_ins, failures)
      SELECT $1::uuid, md5('p' || $1::text || n)::uuid, $2::uuid, 'urn:double', 'subject-' || n, 'human', 'Person number ' || n, 'person' || n || '@example.org', now(), now(), 1, 0
      FROM generate_series(0, $3::int) AS n`,
      [tenantId, providerId, Math.ceil(sessions / 2)],
    );
    // Ids as the store makes them, so that what is proved finds its session.
    for (let from = 1; from <= sessions; from += 50_000) {
      const numbers = Array.from({ length: Math.min(50_000, sessions - from + 1) }, (_, index) => from + index);
      await client.query(
        `INSERT INTO sessions (tenant_id, id, provider_id, source_session_id, person_id, started_at, last_seen_at, ip, country, events)
        SELECT $1::uuid, s.id, $2::uuid, 'session-' || s.n, md5('p' || $1::text || (s.n / 2))::uuid, now() - interval '1 hour', now(), '192.0.2.1', 'DE', 1
        FROM unnest($3::int[], $4::uuid[]) AS s(n, id)`,
        [tenantId, providerId, numbers, numbers.map((n) => stableId('session', tenantId, providerId, `session-${n}`))],
      );
    }
    await client.query('VACUUM ANALYZE sessions');
    await client.query('VACUUM ANALYZE people');
  });
  return {
    tenantId,
    providerId,
    ada: await person(context, tenantId, `ada-${slug}@example.org`),
    grace: await person(context, tenantId, `grace-${slug}@example.org`),
  };
}

async function person(context: BenchContext, tenantId: string, email: string): Promise<Person> {
  const id = newId();
  await asOwner(context, async (client) => {
    await client.query('INSERT INTO operators (id, email, display_name) VALUES ($1, $2, $2)', [id, email]);
    await client.query(
      "INSERT INTO operator_roles (tenant_id, operator_id, role, granted_by) VALUES ($1, $2, 'incident-commander', 'bench')",
      [tenantId, id],
    );
  });
  const actor: Actor = {
    type: 'operator',
    id,
    label: email,
    tenantId,
    permissions: permissionsOf(['incident-commander']),
    ip: null,
    requestId: null,
    passkeyProofAgeSeconds: 0,
  };
  const passkey = await pool('worker').outsideTenants((tx) => registerSoftPasskey(tx, id));
  return { actor, sessionId: newId(), passkey };
}

/** Freezes everything and proposes it, then measures from the second person's signature to introspection. @returns the run */
async function freezeAndCutOff(context: BenchContext, field: Field, size: number): Promise<string> {
  const { tenantId, ada } = field;
  const bare = await bareInsert(context, field);
  const from = performance.now();
  const id = await freeze(field, size);
  const seconds = secondsSince(from);
  emitAgainst(context, 'revocation.freeze-vs-insert', seconds, bare, 'a bare INSERT … SELECT of the same rows', size);
  await pool('worker').inTenant(tenantId, (tx) => submitDraft(tx, ada.actor, id));
  return cutOff(context, field, id, size);
}

async function freeze({ tenantId, ada }: Field, size: number): Promise<string> {
  const parameters: RevocationParameters = {
    scope: { by: 'filter', filter: {} },
    exclude: { groups: [], people: [], sessions: [] },
  };
  const database = pool('worker');
  const id = await database.inTenant(tenantId, (tx) =>
    openDraft(tx, ada.actor, { kind: 'revoke-sessions', reason: 'a benchmark', parameters }),
  );
  const page = scopePage({ tenantId, proposerId: ada.actor.id }, parameters);
  for (;;) if ((await database.inTenant(tenantId, (tx) => freezePage(tx, tenantId, id, page))).done) break;
  await database.inTenant(tenantId, (tx) => sealDraft(tx, tenantId, id, { people: Math.ceil(size / 2) }));
  return id;
}

/** The same rows of the same query into a table with the same primary key, and nothing else. */
async function bareInsert(context: BenchContext, { tenantId }: Field): Promise<number> {
  return asOwner(context, async (client) => {
    await client.query('CREATE TABLE bare (LIKE proposal_targets INCLUDING DEFAULTS)');
    await client.query('ALTER TABLE bare ADD PRIMARY KEY (tenant_id, proposal_id, position)');
    const from = performance.now();
    await client.query(
      `INSERT INTO bare SELECT s.tenant_id, s.tenant_id, row_number() OVER (), 'session', s.id, s.person_id, s.provider_id, s.source_session_id,
        COALESCE(p.display_name, p.email, p.subject, 'Unknown person'), NULL
      FROM sessions s LEFT JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id WHERE s.tenant_id = $1 AND s.ended_at IS NULL`,
      [tenantId],
    );
    const seconds = secondsSince(from);
    await client.query('DROP TABLE bare');
    return seconds;
  });
}

async function cutOff(context: BenchContext, { tenantId, grace }: Field, id: string, size: number): Promise<string> {
  const database = pool('desk');
  const row = await database.inTenant(tenantId, (tx) =>
    tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } }),
  );
  const payloadDigest = Buffer.from(row.payloadDigest ?? []);
  const signer = { operatorId: grace.actor.id, sessionId: grace.sessionId };
  const options = await signingOptions(database, signer, { id, kind: row.kind, nonce: row.nonce, payloadDigest });
  const assertion = grace.passkey.sign(options);
  const from = performance.now();
  const { runId } = await approveProposal(database, grace.actor, grace.sessionId, {
    id,
    digest: payloadDigest.toString('hex'),
    assertion,
  });
  const seen = await database.inTenant(tenantId, (tx) => introspectSession(tx, tenantId, { token: `session-${size}` }));
  const seconds = secondsSince(from);
  if (seen.active || !runId) throw new Error('the cut-off was not seen');
  context.emit({ name: 'revocation.cutoff-s', value: seconds, unit: 's', n: size });
  return runId;
}

/** From the cut-off to one marked item a session (last gate, digest over every row, items), against a bare UPDATE of the sessions. */
async function mark(context: BenchContext, { tenantId }: Field, runId: string, size: number): Promise<void> {
  const from = performance.now();
  await startRuns(pool('worker'), tenantId);
  const seconds = secondsSince(from);
  await asOwner(context, async (client) => {
    const { rows } = await client.query<{ n: number }>(
      'SELECT sum(items)::int AS n FROM run_tallies WHERE run_id = $1',
      [runId],
    );
    if (rows[0]?.n !== size) throw new Error(`marked ${rows[0]?.n} of ${size}`);
    const start = performance.now();
    await client.query(
      "UPDATE sessions SET ended_at = now(), end_reason = 'revoked' WHERE tenant_id = $1 AND ended_at IS NULL",
      [tenantId],
    );
    emitAgainst(
      context,
      'revocation.mark-vs-update',
      seconds,
      secondsSince(start),
      'a bare UPDATE of the same sessions',
      size,
    );
  });
}

/** Ends so many sessions at a double that takes 20 ms a call: two calls an item, one to end it and one to look again. */
async function fanOut(context: BenchContext, field: Field): Promise<void> {
  const size = sizeFrom('BENCH_ITEMS', 10_000);
  const { tenantId, ada } = field;
  const double = scriptedProvider({ latencyMs, concurrency });
  for (let n = 1; n <= size; n += 1) double.alive.add(`session-${n}`);
  const effects: Effects = {
    ...allEffects,
    'revoke-sessions': { ...endSessionEffect, open: async () => endingSessions(double.capabilities) },
  };
  const id = await freeze(field, size);
  await pool('worker').inTenant(tenantId, (tx) => submitDraft(tx, ada.actor, id));
  await cutOff({ ...context, emit: () => undefined }, field, id, size);
  await startRuns(pool('worker'), tenantId);
  const runner = itemRunner(pool('worker'), effects);
  const cpu = process.cpuUsage();
  const from = performance.now();
  for (;;) {
    const done = await runner.work(tenantId, new AbortController().signal);
    const [left] = await pool('worker').inTenant(
      tenantId,
      (tx) =>
        tx.$queryRaw<
          { n: number }[]
        >`SELECT count(*)::int AS n FROM runs WHERE tenant_id = ${tenantId}::uuid AND finished_at IS NULL`,
    );
    if (done === 0 && left?.n === 0) break;
  }
  await runner.settle();
  const seconds = secondsSince(from);
  if (double.alive.size > 0) throw new Error(`${double.alive.size} sessions are still alive`);
  const ideal = (size * 2 * latencyMs) / 1_000 / concurrency;
  const { user, system } = process.cpuUsage(cpu);
  context.say(
    `fan-out: ${double.insideMost()} calls at once at most; this process used ${((user + system) / 1e6).toFixed(1)} s of CPU`,
  );
  emitAgainst(
    context,
    'revocation.fanout-vs-ideal',
    seconds,
    ideal,
    `${size} × 2 calls of ${latencyMs} ms, ${concurrency} at once`,
    size,
  );
}

/** Introspection over HTTP by a token, one caller after the other, of sessions of which all are cut off. */
async function introspection(context: BenchContext, { tenantId }: Field): Promise<void> {
  const size = sizeFrom('BENCH_SESSIONS', 1_000_000);
  const calls = sizeFrom('BENCH_INTROSPECTIONS', 2_000);
  const { token } = await execute(pool('cli'), createServiceToken, systemActor(tenantId, 'bench', ['tokens:manage']), {
    name: 'introspection',
    scopes: ['sessions:read'],
  });
  const web = await startWeb(context.url);
  try {
    const times: number[] = [];
    for (let call = 0; call < calls + 100; call += 1) {
      const from = performance.now();
      const answer = await fetch(`${web.url}/api/v1/sessions/introspect`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: `token=session-${1 + ((call * 7_919) % size)}`,
      });
      const said = (await answer.json()) as { active?: boolean; cutoff?: number };
      if (said.active !== false || !said.cutoff)
        throw new Error(`introspection said ${answer.status} ${JSON.stringify(said)}`);
      if (call >= 100) times.push(performance.now() - from);
    }
    context.emit({ name: 'introspection.p99-ms', value: percentile(times, 0.99), unit: 'ms', n: size });
    context.emit({ name: 'introspection.p50-ms', value: percentile(times, 0.5), unit: 'ms', n: size });
  } finally {
    await web.stop();
  }
}

function emitAgainst(
  context: BenchContext,
  name: string,
  seconds: number,
  base: number,
  against: string,
  n: number,
): void {
  context.emit({ name, value: seconds, unit: 's', ratio: seconds / base, against, n });
}

async function asOwner<T>(context: BenchContext, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: context.url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function secondsSince(from: number): number {
  return (performance.now() - from) / 1_000;
}
