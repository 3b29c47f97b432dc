import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approveProposal, rejectProposal } from '#lib/approvals/decide.ts';
import { signingOptions } from '#lib/approvals/signature.ts';
import { itemRunner } from '#lib/execution/run-due-items.ts';
import { startRuns } from '#lib/execution/start-runs.ts';
import { openTestDesk, type Person, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { execute } from '#lib/kernel/command.ts';
import { closePools } from '#lib/kernel/db/pools.ts';
import { advanceRotations } from '#lib/keys/advance-rotations.ts';
import { ownKeySet } from '#lib/keys/key-set.ts';
import { proposeRotation } from '#lib/keys/propose-rotation.ts';
import { signJws } from '#lib/keys/sign-jws.ts';
import { effects } from '#lib/pipeline.ts';

let desk: TestDesk;
let custodian: Person;
let commander: Person;
let issuerId = '';

beforeAll(async () => {
  process.env.GATEHOUSE_KEK = randomBytes(32).toString('base64');
  process.env.GATEHOUSE_URL = 'https://desk.example.org';
  desk = await openTestDesk();
  process.env.DATABASE_URL = desk.url;
  custodian = await desk.operator('custodian@example.org', 'key-custodian');
  commander = await desk.operator('commander@example.org', 'incident-commander');
  await signJws(desk.database, { tenantId, typ: 'secevent+jwt', payload: { aud: 'x' } });
  issuerId = (await desk.database.inTenant(tenantId, (tx) => ownKeySet(tx, tenantId))).issuerId;
});
afterAll(async () => {
  await closePools();
  await desk.close();
});

const signal = new AbortController().signal;
const propose = (kind: 'rotate' | 'kill', who = custodian) =>
  execute(desk.database, proposeRotation, who.actor, { issuerId, kind, reason: 'it is a year old' });
async function approve(id: string, who: Person) {
  const proposal = await desk.database.inTenant(tenantId, (tx) =>
    tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id } } }),
  );
  const payloadDigest = proposal.payloadDigest ?? new Uint8Array();
  const options = await signingOptions(
    desk.database,
    { operatorId: who.actor.id, sessionId: who.sessionId },
    { id, kind: proposal.kind, payloadDigest, nonce: proposal.nonce },
  );
  return approveProposal(desk.database, who.actor, who.sessionId, {
    id,
    digest: Buffer.from(payloadDigest).toString('hex'),
    assertion: who.passkey.sign(options),
  });
}
async function work(): Promise<void> {
  await startRuns(desk.database, tenantId);
  for (let round = 0; round < 6; round += 1) {
    const runner = itemRunner(desk.database, effects);
    await runner.work(tenantId, signal);
    await runner.settle();
    await advanceRotations({
      database: desk.database,
      tenantId,
      signal,
      ports: {
        readKeySet: async () => (await desk.database.inTenant(tenantId, (tx) => ownKeySet(tx, tenantId))).set,
        takeProviderStep: () => Promise.reject(new Error('no provider here')),
      },
    });
    await desk.sql(
      "UPDATE run_items SET next_attempt_at = now() - interval '1 s', lease_until = NULL WHERE finished_at IS NULL",
    );
  }
}
const states = async () =>
  (await desk.sql<{ state: string }>('SELECT state FROM signing_keys ORDER BY version')).map(({ state }) => state);

test('nothing rotates until a second person has signed, and the custodian cannot be that person', async () => {
  const proposed = await propose('rotate');
  expect(proposed.state).toBe('pending');
  await expect(propose('rotate')).rejects.toMatchObject({ code: 'conflict' });
  await work();
  expect(await states()).toEqual(['active']);
  await expect(approve(proposed.proposalId, custodian)).rejects.toMatchObject({ code: 'forbidden' });
  const [frozen] = await desk.sql<{ payload: string }>('SELECT payload FROM proposals');
  expect(JSON.parse(frozen?.payload ?? '{}')).toMatchObject({
    parameters: { plan: { activateAfter: 86_400, retireAfter: 3_960 } },
    summary: { tokens: [{ typ: 'secevent+jwt', tokens: 1 }] },
    policy: { approvalsNeeded: 1 },
  });
  await approve(proposed.proposalId, commander);
  await work();
  expect(await states()).toEqual(['active', 'published']);
  expect(await desk.sql('SELECT state FROM runs')).toEqual([{ state: 'done' }]);
  expect(await desk.sql('SELECT state, kind FROM key_rotations')).toEqual([{ state: 'running', kind: 'rotate' }]);
});

test('a second rotation that slipped past the proposal is refused when it would start, loudly', async () => {
  await desk.sql(
    "SET session_replication_role = replica; UPDATE key_rotations SET state = 'done', finished_at = now()",
  );
  const second = await propose('rotate');
  await desk.sql(
    "SET session_replication_role = replica; UPDATE key_rotations SET state = 'running', finished_at = NULL",
  );
  await approve(second.proposalId, commander);
  await work();
  expect(
    await desk.sql(
      'SELECT i.state, i.error FROM run_items i JOIN runs r ON r.id = i.run_id ORDER BY r.created_at DESC LIMIT 1',
    ),
  ).toEqual([{ state: 'failed', error: expect.stringContaining('already under way') }]);
  expect(await desk.sql('SELECT count(*)::int AS n FROM key_rotations')).toEqual([{ n: 1 }]);
});

test('a kill is proposed with what breaks, passes an open rotation by, and is proved before the run is done', async () => {
  await expect(propose('kill', commander)).rejects.toMatchObject({ code: 'forbidden' });
  const rejected = await propose('kill');
  await expect(propose('kill')).rejects.toMatchObject({ code: 'conflict' });
  await rejectProposal(desk.database, commander.actor, { id: rejected.proposalId, note: 'false alarm' });
  const kill = await propose('kill');
  const [frozen] = await desk.sql<{ payload: string }>(`SELECT payload FROM proposals WHERE id = '${kill.proposalId}'`);
  expect(JSON.parse(frozen?.payload ?? '{}').summary.breaks.join(' ')).toContain('go on trusting the killed key');
  await approve(kill.proposalId, commander);
  await work();
  expect(await states()).toEqual(['compromised', 'active']);
  expect(await desk.sql("SELECT state FROM runs WHERE kind = 'kill-key'")).toEqual([{ state: 'done' }]);
  expect(
    await desk.sql("SELECT action FROM audit_entries WHERE action IN ('key_killed', 'key_kill') ORDER BY seq"),
  ).toHaveLength(2);
});
