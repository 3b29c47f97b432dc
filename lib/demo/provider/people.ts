import { createHmac } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { verifySync } from 'otplib';
import { employeesAt } from '#lib/demo/company.ts';
import type { State } from '#lib/demo/provider/state.ts';
import { now } from '#lib/kernel/clock.ts';
import { stableId } from '#lib/kernel/ids.ts';

export type Person = { id: string; email: string; name: string; staffNumber: string };
export type PasswordVerdict =
  | { ok: true; person: Person }
  | {
      ok: false;
      why: 'unknown_user' | 'invalid_credentials' | 'account_locked';
      person: Person | null;
      justLocked: boolean;
    };
export type TotpVerdict = { ok: true; authenticatorId: string } | { ok: false };

const failuresMax = 10;
const lockMinutes = 5;
/** Those who have a second factor from the first start on. */
const withSecondFactor = 4;

export type People = ReturnType<typeof openPeople>;

/** The secret in the authenticator app of those who have one from the start: the story's people hold their phones, so to say. */
export function phoneSecret(password: string, staffNumber: string): string {
  const bytes = createHmac('sha256', password).update(`phone ${staffNumber}`).digest().subarray(0, 20);
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? [])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('');
}

/** The id of an employee at the sample provider: what its tokens call `sub`. */
export function sampleSubject(staffNumber: string): string {
  return stableId('sample-person', staffNumber);
}

/** The people who can sign in at the sample provider, their passwords (argon2id) and their authenticators. */
export function openPeople(state: State) {
  const { sqlite } = state;
  const read = (row: Record<string, unknown> | undefined): Person | null =>
    row
      ? { id: String(row.id), email: String(row.email), name: String(row.name), staffNumber: String(row.staff_number) }
      : null;
  const find = (id: string) => read(sqlite.prepare('SELECT * FROM people WHERE id = ?').get(id));
  const findByEmail = (email: string) =>
    read(sqlite.prepare('SELECT * FROM people WHERE email = ?').get(email.trim().toLowerCase()));

  return {
    find,
    findByEmail,
    list(query: { text: string; after: string; limit: number }): Person[] {
      return sqlite
        .prepare(
          `SELECT * FROM people WHERE id > ? AND (instr(lower(email), ?) > 0 OR instr(lower(name), ?) > 0 OR lower(staff_number) = ?) ORDER BY id LIMIT ?`,
        )
        .all(query.after, query.text, query.text, query.text, query.limit)
        .flatMap((row) => read(row) ?? []);
    },
    count: () => Number(sqlite.prepare('SELECT count(*) AS n FROM people').get()?.n ?? 0),

    /** The first start adds everybody, with one password for all that was made for this installation alone. */
    async ensureSeeded(password: string): Promise<void> {
      const employees = employeesAt('sample');
      if (this.count() >= employees.length) return;
      for (const [index, { staffNumber, email, name }] of employees.entries()) {
        const id = sampleSubject(staffNumber);
        const passwordHash = await hash(password);
        state.inTransaction(() => {
          sqlite
            .prepare(
              'INSERT INTO people (id, email, name, staff_number, password_hash) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
            )
            .run(id, email, name, staffNumber, passwordHash);
          if (index < employees.length - withSecondFactor) return;
          sqlite
            .prepare(
              `INSERT INTO authenticators (id, person, type, name, secret, created_at, confirmed_at) VALUES (?, ?, 'totp', 'Phone', ?, ?, ?) ON CONFLICT DO NOTHING`,
            )
            .run(
              stableId('sample-authenticator', staffNumber),
              id,
              phoneSecret(password, staffNumber),
              now().getTime(),
              now().getTime(),
            );
        });
      }
    },

    /** Checks a password. An unknown name takes as long as a known one; ten failures in a row lock the account for five minutes. */
    async checkPassword(email: string, password: string): Promise<PasswordVerdict> {
      const row = sqlite.prepare('SELECT * FROM people WHERE email = ?').get(email.trim().toLowerCase());
      const someone = row ?? sqlite.prepare('SELECT password_hash FROM people LIMIT 1').get();
      const matches = await verify(String(someone?.password_hash ?? ''), password).catch(() => false);
      const person = read(row);
      if (!person || !row) return { ok: false, why: 'unknown_user', person: null, justLocked: false };
      if (Number(row.locked_until) > now().getTime())
        return { ok: false, why: 'account_locked', person, justLocked: false };
      if (matches) {
        sqlite.prepare('UPDATE people SET failures = 0, locked_until = 0 WHERE id = ?').run(person.id);
        return { ok: true, person };
      }
      const until = now().getTime() + lockMinutes * 60_000;
      sqlite
        .prepare(
          'UPDATE people SET locked_until = CASE WHEN failures + 1 >= ? THEN ? ELSE 0 END, failures = (failures + 1) % ? WHERE id = ?',
        )
        .run(failuresMax, until, failuresMax, person.id);
      return { ok: false, why: 'invalid_credentials', person, justLocked: Number(row.failures) + 1 >= failuresMax };
    },

    /** True when the person has an authenticator, so that the password alone is not enough. */
    hasSecondFactor: (personId: string): boolean =>
      sqlite.prepare('SELECT 1 FROM authenticators WHERE person = ? AND confirmed_at IS NOT NULL').get(personId) !==
      undefined,

    /** Checks a one-time code (RFC 6238) against the person's authenticators; each code serves once. */
    checkTotp(personId: string, code: string): TotpVerdict {
      if (!/^\d{6}$/.test(code)) return { ok: false };
      const rows = sqlite
        .prepare('SELECT * FROM authenticators WHERE person = ? AND confirmed_at IS NOT NULL')
        .all(personId);
      for (const row of rows) {
        const step = matchingStep(String(row.secret), code);
        if (step === null) continue;
        const used = sqlite
          .prepare('UPDATE authenticators SET last_step = ?, last_used_at = ? WHERE id = ? AND last_step < ?')
          .run(step, now().getTime(), String(row.id), step);
        if (used.changes > 0) return { ok: true, authenticatorId: String(row.id) };
      }
      return { ok: false };
    },
  };
}

/** The 30 s step whose code this is, one step of drift either way; `null` when none fits. */
export function matchingStep(secret: string, code: string): number | null {
  const epoch = Math.floor(now().getTime() / 1000);
  const verdict = verifySync({ secret, token: code, epoch, epochTolerance: 30 });
  return verdict.valid ? Math.floor(epoch / 30) + verdict.delta : null;
}
