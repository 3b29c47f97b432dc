import http from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '#lib/demo/provider-fixture.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { issuerDetail } from '#lib/keys/issuer-overview.ts';
import { openProviderKeysDesk, type ProviderKeysDesk } from '#lib/keys/provider-keys.fixture.ts';
import { lookAtProviders } from '#lib/keys/provider-keys.ts';
import { startRotation } from '#lib/keys/start-rotation.ts';
import { workKeys } from '#lib/keys/work-keys.ts';
import { capabilitiesOf, saveConnection } from '#lib/providers/connection.ts';
import { findProvider } from '#lib/providers/registry.ts';

const tenantId = '01900000-0000-7000-8000-000000000001';
let desk: ProviderKeysDesk;
let made: ProviderKeysDesk['made'];
let database: ProviderKeysDesk['database'];
let provider: ProviderKeysDesk['provider'];
let line: http.Server;
let issuerId = '';
/** How many calls that make a key the line carries to the provider and then cuts, before the provider can answer. */
let cuts = 0;

beforeAll(async () => {
  desk = await openProviderKeysDesk(tenantId);
  ({ made, database, provider, issuerId } = desk);
  await throughALine();
  await lookAtProviders(database, tenantId, signal());
});
afterAll(async () => {
  line.close();
  await desk.close();
});

const signal = () => new AbortController().signal;
const keys = () =>
  asOwner<{ id: string; kid: string; state: string }>(
    made.url,
    `SELECT id, kid, state FROM signing_keys WHERE issuer_id = '${issuerId}' ORDER BY version`,
  );
const states = async () => (await keys()).map(({ state }) => state);

/** Puts a line between Gatehouse and the provider's management interface. */
async function throughALine(): Promise<void> {
  const port = await freePort();
  line = http.createServer((request, response) => {
    const isMaking = request.method === 'POST' && /\/keys(\?|$)/.test(request.url ?? '');
    const onward = http.request(
      new URL(request.url ?? '/', provider.origin),
      { method: request.method, headers: { ...request.headers, host: new URL(provider.origin).host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.on('error', () => response.destroy());
    request.pipe(onward);
    if (!isMaking || cuts === 0) return;
    cuts -= 1;
    onward.on('finish', () => response.destroy());
  });
  await new Promise<void>((resolve) => line.listen(port, '127.0.0.1', resolve));
  await database.inTenant(tenantId, (tx) =>
    saveConnection(tx, {
      tenantId,
      providerId: provider.providerId,
      baseUrl: `http://127.0.0.1:${port}/manage/v1`,
      secret: provider.token,
      allowance: {
        networks: ['127.0.0.0/8'],
        ports: [port, Number(new URL(provider.origin).port)],
        plainHttp: true,
      },
    }),
  );
}
const connection = () =>
  database.inTenant(tenantId, (tx) =>
    tx.provider.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: provider.providerId } } }),
  );
const atProvider = async () => {
  const row = await connection();
  const held = capabilitiesOf(findProvider(row.kind), row)?.keys;
  if (!held) throw new Error('the provider is not connected');
  return held;
};
async function start(kind: 'rotate' | 'kill'): Promise<string> {
  const active = (await keys()).find(({ state }) => state === 'active');
  if (!active) throw new Error('the provider has no active key');
  return database.inTenant(tenantId, (tx) =>
    startRotation(tx, { tenantId, proposalId: newId(), issuerId, kind, keyId: active.id, reason: 'yearly' }),
  );
}
/** Works as often as it takes; a look that failed is tried again at once. */
const worked = (wanted: string[]) =>
  expect
    .poll(
      async () => {
        await asOwner(
          made.url,
          `SET session_replication_role = replica; UPDATE key_rotations SET next_at = clock_timestamp() WHERE state = 'running' AND next_step IN ('publish', 'kill')`,
        );
        await workKeys(database, tenantId, signal());
        return states();
      },
      { timeout: 60_000, interval: 50 },
    )
    .toEqual(wanted);

test('a key whose making was never answered is the key of the rotation: asked again there is no second one', async () => {
  cuts = 1;
  const rotationId = await start('rotate');
  await worked(['active', 'published']);
  expect(cuts).toBe(0);
  expect(await asOwner(made.url, "SELECT 1 FROM key_rotation_steps WHERE state = 'waiting'")).not.toHaveLength(0);
  // Whenever the provider is asked again for this rotation it is the same key, made long ago or just being made.
  const held = await atProvider();
  expect(await held.create(rotationId, signal())).toBe((await keys())[1]?.kid);
  expect((await held.report(signal())).keys.map(({ state }) => state).sort()).toEqual(['active', 'published']);
});

test('keys that a provider holds beside the next one are written down, and the next rotation uses them up', async () => {
  const held = await atProvider();
  const spare = await held.create(newId(), signal());
  await asOwner(made.url, 'UPDATE signing_issuers SET looked_at = NULL');
  await lookAtProviders(database, tenantId, signal());
  expect(await states()).toEqual(['active', 'published', 'created']);
  const shown = await database.inTenant(tenantId, (tx) => issuerDetail(tx, tenantId, issuerId));
  expect(shown).toMatchObject({ problem: null, next: { state: 'published' }, spare: [{ kid: spare }] });
  // The key that is public takes over first, the spare one after it.
  await start('kill');
  await worked(['compromised', 'active', 'created']);
  await start('kill');
  await worked(['compromised', 'compromised', 'active']);
  expect((await keys())[2]?.kid).toBe(spare);
});
