import { randomBytes } from 'node:crypto';
import type { Actor } from '#lib/kernel/actor.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { newId } from '#lib/kernel/ids.ts';
import { operatorActor } from '#lib/staff/authenticate-caller.ts';
import { sessionCookie } from '#lib/staff/cookies.ts';
import { csrfTokenOf } from '#lib/staff/csrf.ts';
import { createDeskSession, findDeskSession } from '#lib/staff/desk-sessions.ts';

/** An operator for a test, with a living session proved by a passkey just now. */
export type TestOperator = {
  id: string;
  email: string;
  sessionId: string;
  cookie: string;
  csrf: string;
  actor(): Promise<Actor>;
};

/** Makes an operator with roles in one tenant. The passkey is bytes that no device has: it counts, it cannot be used. */
export async function testOperator(
  database: Database,
  tenantId: string,
  roles: readonly string[],
  name = `operator-${newId().slice(-8)}`,
): Promise<TestOperator> {
  const id = newId();
  const passkeyId = newId();
  const email = `${name}@example.org`;
  await database.outsideTenants(async (tx) => {
    await tx.operator.create({ data: { id, email, displayName: name } });
    await tx.operatorRole.createMany({
      data: roles.map((role) => ({ tenantId, operatorId: id, role, grantedBy: 'the test' })),
    });
    await tx.passkey.create({
      data: {
        id: passkeyId,
        operatorId: id,
        credentialId: new Uint8Array(randomBytes(16)),
        publicKey: new Uint8Array(randomBytes(32)),
        counter: 0n,
        transports: [],
        deviceType: 'singleDevice',
        backedUp: false,
        aaguid: newId(),
        name: 'Test key',
      },
    });
  });
  const session = await database.outsideTenants((tx) =>
    createDeskSession(tx, { operatorId: id, tenantId, way: 'passkey', passkeyId, ip: null, userAgent: null }),
  );
  return {
    id,
    email,
    sessionId: session.id,
    cookie: `${sessionCookie}=${session.token}`,
    csrf: csrfTokenOf({ id: session.id, tenantId }),
    async actor() {
      const found = await findDeskSession(database, session.token, { extend: false });
      if (!found) throw new Error(`the session of ${name} is not alive`);
      return operatorActor(found, new Headers());
    },
  };
}
