import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { deskFolder, killNow, type RealDesk, startDesk } from '#lib/cli/checks/real-desk.ts';
import type { Runtime } from '#lib/cli/supervisor/lock.ts';
import { openPersonBrowser } from '#lib/demo/story/person-browser.ts';
import { asOwner } from '#lib/kernel/db/test-database.ts';

const folder = deskFolder();
let demo: RealDesk | null = null;
afterAll(async () => {
  await demo?.stop();
  folder.remove();
});

const one = async (desk: RealDesk, sql: string) =>
  Number((await asOwner<{ n: number }>(desk.databaseUrl(), `SELECT (${sql})::int AS n`))[0]?.n);
const samplePids = (desk: RealDesk) =>
  (JSON.parse(readFileSync(path.join(desk.dataDir, 'runtime.json'), 'utf8')) as Runtime).children.filter(({ name }) =>
    /^(sample-|story)/.test(name),
  );

test('the demo tells its story once, heals its samples, stops in order, and goes on where it was', async () => {
  demo = await startDesk(folder.dataDir, {}, 'demo');
  const [payroll, wiki] = ['Payroll', 'Wiki'].map(
    (name) => new RegExp(`${name} (http:\\S+)`).exec(demo?.said() ?? '')?.[1] ?? '',
  );
  const [, email = '', password = ''] = /as (\S+) with the password (\S+)/.exec(demo.said()) ?? [];
  const events = await one(demo, 'SELECT count(*) FROM events');
  expect(events).toBeGreaterThan(3_000);
  expect(await one(demo, 'SELECT count(*) FROM quarantined_records')).toBe(0);
  const living = `SELECT count(*) FROM sessions s JOIN providers v ON v.tenant_id = s.tenant_id AND v.id = s.provider_id WHERE v.kind = 'sample' AND s.ended_at IS NULL`;
  await expect.poll(() => (demo ? one(demo, living) : 0), { timeout: 30_000 }).toBe(12);
  await expect
    .poll(() => (demo ? one(demo, 'SELECT count(DISTINCT detector) FROM signals') : 0), { timeout: 60_000 })
    .toBe(3);
  // Real break-ins at the sample provider: it saw them, reported them, and they were found.
  const brokenInto = `SELECT string_agg(DISTINCT s.detector || ' ' || p.display_name, ', ' ORDER BY s.detector || ' ' || p.display_name) AS who FROM signals s
    JOIN people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id JOIN providers v ON v.tenant_id = p.tenant_id AND v.id = p.provider_id WHERE v.kind = 'sample'`;
  await expect
    .poll(async () => (demo ? (await asOwner<{ who: string }>(demo.databaseUrl(), brokenInto))[0]?.who : ''), {
      timeout: 60_000,
    })
    .toBe(
      'impossible-travel Lukas Ohlmann, impossible-travel Priya Raghunath, impossible-travel Rui Montalvo, password-spray Rui Montalvo',
    );

  const secrets = JSON.parse(readFileSync(path.join(folder.dataDir, 'sample', 'secrets.json'), 'utf8')) as {
    providerPort: number;
  };
  const visitor = openPersonBrowser({ ip: null, userAgent: 'Test/1.0', edgeKey: null }, [
    `http://127.0.0.1:${secrets.providerPort}`,
    new URL(payroll ?? '').origin,
  ]);
  expect((await visitor.signIn({ application: payroll ?? '', email, password })).text).toContain('Mara Lindholt');
  await expect.poll(() => (demo ? one(demo, living) : 0), { timeout: 30_000 }).toBe(13);

  const before = samplePids(demo);
  expect(before.map(({ name }) => name).sort()).toEqual(['sample-app', 'sample-provider', 'story']);
  for (const { pid } of before) await killNow(pid);
  await expect
    .poll(
      () =>
        visitor.open(`${wiki}/sign-in`).then(
          ({ text }) => text.includes('Mara Lindholt'),
          () => false,
        ),
      { timeout: 60_000, interval: 500 },
    )
    .toBe(true);

  expect(await demo.stop()).toBe(0);
  expect(demo.said()).toMatch(/stopping[\s\S]*web stopped[\s\S]*worker stopped[\s\S]*the database stopped/);
  demo = await startDesk(folder.dataDir, {}, 'demo');
  expect((await visitor.open(payroll ?? '')).text).toContain('Mara Lindholt');
  expect(await one(demo, living)).toBe(13);
  // What was told is not told twice; a few records are of the minutes that passed.
  expect(await one(demo, 'SELECT count(*) FROM event_variants')).toBe(0);
  expect((await one(demo, 'SELECT count(*) FROM events')) - events).toBeLessThan(100);
  await visitor.close();
}, 300_000);
