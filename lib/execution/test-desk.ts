import { registerSoftPasskey, type SoftPasskey } from '#lib/approvals/soft-passkey.ts';
import { appendRecords } from '#lib/events/append.ts';
import { nowhere } from '#lib/events/event-row.ts';
import { splitRecords } from '#lib/events/split-records.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { newId, stableId } from '#lib/kernel/ids.ts';
import { permissionsOf } from '#lib/model/permissions.ts';
import { ocsf } from '#lib/providers/ocsf/ocsf.ts';

export const tenantId = '01900000-0000-7000-8000-000000000001';
export const provider = { id: stableId('provider', tenantId, 'desk'), slug: 'desk', kind: 'ocsf', issuer: 'urn:test' };

export type Person = { actor: Actor; sessionId: string; passkey: SoftPasskey };

/** A database of its own with a provider, operators with passkeys, and sessions that came in as events: for tests of the operations. */
export async function openTestDesk() {
  const made = await testDatabase();
  const database: Database = openDatabase({ url: made.url, name: 'test', connections: 8, statementTimeoutMs: 20_000 });
  await database.inTenant(tenantId, (tx) => tx.provider.create({ data: { tenantId, ...provider, name: 'Desk' } }));
  let serial = 0;
  return {
    database,
    url: made.url,
    sql: <Row extends Record<string, unknown>>(text: string, values: unknown[] = []) =>
      asOwner<Row>(made.url, text, values),
    async operator(email: string, role: string): Promise<Person> {
      const id = newId();
      await asOwner(made.url, 'INSERT INTO operators (id, email, display_name) VALUES ($1, $2, $2)', [id, email]);
      await asOwner(
        made.url,
        "INSERT INTO operator_roles (tenant_id, operator_id, role, granted_by) VALUES ($1, $2, $3, 'test')",
        [tenantId, id, role],
      );
      const actor: Actor = {
        type: 'operator',
        id,
        label: email,
        tenantId,
        permissions: permissionsOf([role]),
        ip: null,
        requestId: null,
        passkeyProofAgeSeconds: 0,
      };
      const passkey = await database.outsideTenants((tx) => registerSoftPasskey(tx, id));
      return { actor, sessionId: newId(), passkey };
    },
    /** Sessions as a provider reports them, each of a person of its own unless `user` says whose they are. */
    async sessions(count: number, user?: string): Promise<{ id: string; source: string }[]> {
      const sources = Array.from({ length: count }, () => {
        serial += 1;
        return `session-${serial}`;
      });
      const records = sources.map((source) => ({
        class_uid: 3002,
        activity_id: 1,
        status_id: 1,
        time: Date.now(),
        metadata: { uid: source },
        user: { uid: user ?? `user-of-${source}`, name: user ?? `User of ${source}` },
        session: { uid: source },
      }));
      for (let from = 0; from < records.length; from += 500) {
        await appendRecords(
          { database, tenantId, provider, definition: ocsf, findPlace: () => nowhere, receivedAt: new Date() },
          splitRecords(Buffer.from(JSON.stringify(records.slice(from, from + 500)))),
        );
      }
      return sources.map((source) => ({ id: stableId('session', tenantId, provider.id, source), source }));
    },
    async close() {
      await database.close();
      await made.close();
    },
  };
}
export type TestDesk = Awaited<ReturnType<typeof openTestDesk>>;
