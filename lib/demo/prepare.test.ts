import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prepareDemo } from '#lib/demo/prepare.ts';
import { DemoPortTaken, demoSecretsFile, loadDemoSecrets } from '#lib/demo/secrets.ts';
import { openTestDesk, type TestDesk, tenantId } from '#lib/execution/test-desk.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { execute } from '#lib/kernel/command.ts';
import { capabilitiesOf } from '#lib/providers/connection.ts';
import { sample } from '#lib/providers/sample/sample.ts';
import { authenticateToken, revokeServiceToken } from '#lib/staff/service-tokens.ts';

const dataDir = mkdtempSync(path.join(tmpdir(), 'gatehouse-demo-'));
let desk: TestDesk;
beforeAll(async () => {
  process.env.GATEHOUSE_KEK ||= Buffer.alloc(32, 7).toString('base64');
  desk = await openTestDesk();
});
afterAll(async () => {
  await desk.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const who = (token: string) => authenticateToken(desk.database, new Headers({ authorization: `Bearer ${token}` }));
const audited = async (action: string) =>
  (await desk.sql('SELECT 1 FROM audit_entries WHERE action = $1', [action])).length;

describe('a demo’s secrets', () => {
  test('are made once, for this user’s eyes only, and each installation’s own', async () => {
    const secrets = await loadDemoSecrets(dataDir, 42_000);
    expect(await loadDemoSecrets(dataDir, 51_000)).toEqual(secrets);
    expect(statSync(demoSecretsFile(dataDir)).mode & 0o077).toBe(0);
    const other = await loadDemoSecrets(path.join(dataDir, 'other'), 42_000);
    for (const name of ['password', 'managementToken', 'cookieKey', 'edgeKey'] as const)
      expect(other[name]).not.toBe(secrets[name]);
  });

  test('a port that is taken at a later start is named', async () => {
    const { providerPort } = await loadDemoSecrets(dataDir, 42_000);
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(providerPort, '127.0.0.1', resolve));
    await expect(loadDemoSecrets(dataDir, 42_000)).rejects.toThrow(DemoPortTaken);
    await expect(loadDemoSecrets(dataDir, 42_000)).rejects.toThrow(String(providerPort));
    await new Promise((resolve) => squatter.close(resolve));
  });
});

describe('making the demo known', () => {
  test('connects the sample provider with an allowance of its own, and a second start changes nothing', async () => {
    const secrets = await loadDemoSecrets(dataDir, 42_000);
    const first = await prepareDemo(desk.database, dataDir, secrets);
    expect(first.storyIsKnown).toBe(false);
    expect((await who(first.provider)).provider).toBe('sample');
    expect([...(await who(first.story)).actor.permissions]).toEqual(['events:write']);
    const row = await desk.database.inTenant(tenantId, (tx) =>
      tx.provider.findUniqueOrThrow({ where: { tenantId_slug: { tenantId, slug: 'sample' } } }),
    );
    expect(row.httpAllowance).toEqual({ networks: ['127.0.0.0/8'], ports: [secrets.providerPort], plainHttp: true });
    expect(Buffer.from(row.secret ?? []).toString('latin1')).not.toContain(secrets.managementToken);
    expect(capabilitiesOf(sample, row)).not.toBeNull();

    const before = await desk.sql('SELECT count(*)::int AS entries FROM audit_entries');
    expect(await prepareDemo(desk.database, dataDir, secrets)).toEqual(first);
    expect(await desk.sql('SELECT count(*)::int AS entries FROM audit_entries')).toEqual(before);
    expect(await audited('provider_connected')).toBe(1);
  });

  test('a token that somebody revoked is replaced, and stays revoked', async () => {
    const secrets = await loadDemoSecrets(dataDir, 42_000);
    const { story } = await prepareDemo(desk.database, dataDir, secrets);
    const actor = systemActor(tenantId, 'test', ['tokens:manage']);
    await execute(desk.database, revokeServiceToken, actor, { name: 'Story of the demo' });
    const again = await prepareDemo(desk.database, dataDir, secrets);
    expect(again.story).not.toBe(story);
    await expect(who(story)).rejects.toThrow();
    await expect(who(again.story)).resolves.toBeDefined();
  });
});
