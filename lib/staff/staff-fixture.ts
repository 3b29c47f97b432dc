import { randomBytes } from 'node:crypto';
import type { Actor } from '#lib/kernel/actor.ts';
import { type Database, openDatabase } from '#lib/kernel/db/database.ts';
import { asOwner, testDatabase } from '#lib/kernel/db/test-database.ts';
import { newId, newSecret } from '#lib/kernel/ids.ts';
import { operatorActor } from '#lib/staff/authenticate-caller.ts';
import { type DeskSession, findDeskSession } from '#lib/staff/desk-sessions.ts';
import { addPasskey, registrationOptions, verifyRegistration } from '#lib/staff/new-passkey.ts';
import { assertionOptions } from '#lib/staff/passkeys.ts';
import { signInWithPasskey } from '#lib/staff/sign-in.ts';
import { SoftAuthenticator } from '#lib/staff/soft-authenticator.ts';
import type { Attempt, SignedIn } from '#lib/staff/start-session.ts';
import { proveStepUp, stepUpOptions } from '#lib/staff/step-up.ts';

/** The tenant every fresh database has. */
export const mainTenant = '01900000-0000-7000-8000-000000000001';

/** A desk's staff for tests: a database of its own, operators with real keys, sign-ins that go the real way. */
export type StaffFixture = {
  url: string;
  database: Database;
  addOperator(input?: { roles?: string[]; email?: string; authenticator?: SoftAuthenticator }): Promise<Member>;
  signIn(member: Member, attempt?: Partial<Attempt>): Promise<SignedIn>;
  /** The actor and session behind a token, as every request finds them. @throws Error when the session is not alive */
  current(token: string): Promise<{ actor: Actor; session: DeskSession }>;
  /** Proves with the member's passkey for that session; returns its new token. */
  stepUp(member: Member, token: string): Promise<string>;
  close(): Promise<void>;
};
export type Member = { id: string; email: string; passkeyId: string; authenticator: SoftAuthenticator };

/** The circumstances of an attempt from a browser that has no session yet. */
export function anAttempt(over: Partial<Attempt> = {}): Attempt {
  return { browser: newSecret(), ip: '198.51.100.7', userAgent: 'Test', oldToken: null, ...over };
}

/** @param made a migrated database to work on; a fresh one of the test run's unless given */
export async function staffFixture(made?: Awaited<ReturnType<typeof testDatabase>>): Promise<StaffFixture> {
  // What is wrapped in a test is opened in it, and nothing is written beside the project.
  process.env.GATEHOUSE_KEK ??= randomBytes(32).toString('base64');
  const { url, close: discard } = made ?? (await testDatabase());
  const database = openDatabase({ url, name: 'test', connections: 24, statementTimeoutMs: 20_000 });
  const fixture: StaffFixture = {
    url,
    database,
    async addOperator({ roles = ['administrator'], email, authenticator = new SoftAuthenticator() } = {}) {
      const id = newId();
      const address = email ?? `${id}@example.org`;
      await asOwner(url, 'INSERT INTO operators (id, email, display_name) VALUES ($1, $2, $3)', [id, address, 'Ada']);
      for (const role of roles)
        await asOwner(
          url,
          'INSERT INTO operator_roles (tenant_id, operator_id, role, granted_by) VALUES ($1, $2, $3, $4)',
          [mainTenant, id, role, 'test'],
        );
      const binding = { purpose: 'new-passkey' as const, boundTo: newSecret(), subject: id };
      const options = await registrationOptions(database, {
        ...binding,
        operatorId: id,
        email: address,
        displayName: 'Ada',
      });
      const passkey = await verifyRegistration(database, { ...binding, response: authenticator.register(options) });
      if (!passkey) throw new Error('the registration was refused');
      const passkeyId = await database.outsideTenants((tx) => addPasskey(tx, id, 'first', passkey));
      return { id, email: address, passkeyId, authenticator };
    },
    async signIn(member, over = {}) {
      const attempt = anAttempt(over);
      const boundTo = attempt.browser ?? '';
      const options = await assertionOptions(database, { purpose: 'sign-in', boundTo });
      const signedIn = await signInWithPasskey(database, member.authenticator.assert(options, member.id), attempt);
      if (!signedIn) throw new Error('the sign-in was refused');
      return signedIn;
    },
    async current(token) {
      const session = await findDeskSession(database, token, { extend: false });
      if (!session) throw new Error('the session is not alive');
      return { session, actor: operatorActor(session, new Headers()) };
    },
    async stepUp(member, token) {
      const current = await fixture.current(token);
      const options = await stepUpOptions(database, current);
      return proveStepUp(database, current, { token, response: member.authenticator.assert(options, member.id) });
    },
    async close() {
      await database.close();
      await discard();
    },
  };
  return fixture;
}
