import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { writeCheckpoint } from '#lib/audit/checkpoint.ts';
import { underSupervisor } from '#lib/cli/supervisor/supervised.ts';
import { runRetention } from '#lib/events/run-retention.ts';
import { systemActor } from '#lib/kernel/actor.ts';
import { clockSkewMs, clockSkewMsMax } from '#lib/kernel/clock.ts';
import { assertSchemaIsKnown, isSchemaNewer, knownMigrations } from '#lib/kernel/db/migrate.ts';
import { listenForNotices } from '#lib/kernel/db/notifications.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { isDatabaseAway } from '#lib/kernel/errors.ts';
import { log } from '#lib/kernel/log.ts';
import { sourcesOn, workOnce } from '#lib/pipeline.ts';
import { mailerOf } from '#lib/staff/outbox/mailer.ts';
import { sendDueNotices } from '#lib/staff/outbox/send-notices.ts';
import { forgetOldLimits } from '#lib/staff/rate-limit.ts';
import { forgetOldProofs } from '#lib/staff/service-tokens.ts';

const url = process.env.DATABASE_URL ?? '';
await assertSchemaIsKnown(url);
const known = knownMigrations();
const database = pool('worker');
const stopping = new AbortController();
let wake = () => {};
const notices = listenForNotices(url, (notice) => {
  if (notice?.topic !== 'signals') wake();
});
const supervised = underSupervisor(async () => {
  stopping.abort();
  wake();
  await loop;
  await sourcesOn(database).settle();
  await notices.close();
  await closePools();
});

/** Says that this worker lives, by the database's clock; /api/ready looks here. */
async function beat(): Promise<void> {
  if (await isSchemaNewer(database, known)) {
    log.fatal('a newer Gatehouse migrated the database; this process ends, start that version');
    process.exit(1);
  }
  const instance = `${hostname()} ${process.pid}`;
  await database.outsideTenants(
    (tx) =>
      tx.$executeRaw`INSERT INTO heartbeats (process, instance, seen_at, started_at) VALUES ('worker', ${instance}, clock_timestamp(), clock_timestamp())
      ON CONFLICT (process, instance) DO UPDATE SET seen_at = clock_timestamp()`,
  );
  await database.outsideTenants(
    (tx) => tx.$executeRaw`DELETE FROM heartbeats WHERE seen_at < clock_timestamp() - interval '1 hour'`,
  );
  await forgetOldLimits(database);
  await forgetOldProofs(database);
  const skewMs = await database.outsideTenants(clockSkewMs);
  if (Math.abs(skewMs) > clockSkewMsMax)
    log.warn({ skewMs }, 'the clocks of this machine and of the database are apart; set both by NTP');
}

async function run(): Promise<void> {
  let beatAt = 0;
  while (!stopping.signal.aborted) {
    let done = 0;
    try {
      if (Date.now() - beatAt > 5_000) {
        await beat();
        beatAt = Date.now();
      }
      done = await workOnce(database, stopping.signal);
    } catch (error) {
      log[isDatabaseAway(error) ? 'warn' : 'error']({ err: error }, 'the worker could not go on; trying again');
    }
    if (done > 0) continue;
    // Woken by a notice; the second is for what falls due without one.
    await new Promise<void>((resolve) => {
      const timer = globalThis.setTimeout(resolve, 1_000);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Retention by each tenant's policy, every hour, beside the work; it is safe to repeat, so several workers do no harm. */
async function retire(): Promise<void> {
  while (!stopping.signal.aborted) {
    try {
      const tenants = await database.outsideTenants((tx) => tx.tenant.findMany({ select: { id: true } }));
      for (const { id } of tenants) {
        if (stopping.signal.aborted) return;
        await retireIn(id);
      }
    } catch (error) {
      log.warn({ err: error }, 'retention could not go on; trying again in an hour');
    }
    await setTimeout(3_600_000, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
}

/** One tenant's turn; what fails in it keeps no other tenant waiting. */
async function retireIn(tenantId: string): Promise<void> {
  try {
    const done = await runRetention(pool('maintenance'), systemActor(tenantId, 'retention'));
    if (done.events + done.quarantined + done.partitionsDropped > 0)
      log.info({ tenantId, ...done }, 'events were taken away by policy');
    if (done.postponed.length > 0)
      log.warn({ tenantId, months: done.postponed }, 'months to be taken away are in use; trying again in an hour');
  } catch (error) {
    log.warn({ err: error, tenantId }, 'retention of a tenant could not go on; trying again in an hour');
  }
}

/** The head of each tenant's audit chain is signed every ten minutes in which something was written. */
async function signHeads(): Promise<void> {
  while (!stopping.signal.aborted) {
    await setTimeout(600_000, undefined, { signal: stopping.signal }).catch(() => undefined);
    if (stopping.signal.aborted) return;
    try {
      const tenants = await database.outsideTenants((tx) => tx.tenant.findMany({ select: { id: true } }));
      for (const { id } of tenants) await writeCheckpoint(database, id);
    } catch (error) {
      log.warn({ err: error }, 'the audit chain could not be signed; trying again in ten minutes');
    }
  }
}

/** Notices are sent beside the work: a mail server that hangs holds up nothing else. */
async function sendNotices(): Promise<void> {
  const mailer = mailerOf(readEnv());
  while (!stopping.signal.aborted) {
    try {
      const tenants = await database.outsideTenants((tx) => tx.tenant.findMany({ select: { id: true } }));
      for (const { id } of tenants) while ((await sendDueNotices(database, id, mailer, stopping.signal)) > 0);
    } catch (error) {
      log.warn({ err: error }, 'notices could not be sent; trying again');
    }
    await setTimeout(2_000, undefined, { signal: stopping.signal }).catch(() => undefined);
  }
  mailer?.close();
}

const loop = Promise.all([run(), sendNotices()]);
void retire();
void signHeads();
log.info('the worker works');
supervised.ready();
