import { randomInt } from 'node:crypto';
import { generateSecret, generateURI } from 'otplib';
import { company } from '#lib/demo/company.ts';
import { ocsfRecord } from '#lib/demo/provider/ocsf-record.ts';
import { matchingStep, type People } from '#lib/demo/provider/people.ts';
import type { State } from '#lib/demo/provider/state.ts';
import { now } from '#lib/kernel/clock.ts';
import { equalBytes, newId, sha256 } from '#lib/kernel/ids.ts';
import type { JsonObject } from '#lib/model/event.ts';

export type Authenticator = { id: string; type: 'totp'; name: string; createdAt: string; lastUsedAt: string | null };
export type BindingCode = {
  id: string;
  state: 'open' | 'used' | 'expired' | 'blocked';
  expiresAt: string;
  usedAt: string | null;
  authenticatorId: string | null;
};

/** How long a binding code serves (NIST SP 800-63B-4: 10 minutes at most), and how often it may be mistyped. */
export const bindingCodeMinutes = 10;
const triesMax = 5;
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export type Authenticators = ReturnType<typeof openAuthenticators>;

/** The authenticators of people, and binding a new one with a one-time code that the help desk's decision made. */
export function openAuthenticators(context: {
  state: State;
  people: People;
  issuer: string;
  report(record: JsonObject): void;
}) {
  const { state, people } = context;
  const { sqlite } = state;

  const list = (personId: string): Authenticator[] =>
    sqlite
      .prepare('SELECT * FROM authenticators WHERE person = ? AND confirmed_at IS NOT NULL ORDER BY created_at')
      .all(personId)
      .map((row) => ({
        id: String(row.id),
        type: 'totp',
        name: String(row.name),
        createdAt: new Date(Number(row.created_at)).toISOString(),
        lastUsedAt: row.last_used_at === null ? null : new Date(Number(row.last_used_at)).toISOString(),
      }));

  const report = (personId: string, activity: 'factor_added' | 'factor_removed', detail: string) => {
    const person = people.find(personId);
    if (person) context.report(ocsfRecord(context.issuer, { activity, person, detail }));
  };

  const openCode = (personId: string, code: string): Record<string, unknown> | null => {
    const rows = sqlite
      .prepare('SELECT * FROM binding_codes WHERE person = ? AND used_at IS NULL AND expires_at > ? AND tries < ?')
      .all(personId, now().getTime(), triesMax);
    const digest = sha256(code.toUpperCase().replace(/[^0-9A-Z]/g, ''));
    const found = rows.find((row) => equalBytes(digest, row.hash as Uint8Array));
    if (!found)
      sqlite.prepare('UPDATE binding_codes SET tries = tries + 1 WHERE person = ? AND used_at IS NULL').run(personId);
    return found ?? null;
  };

  return {
    list,
    /** Removes an authenticator; sign-ins with it are refused from now on. `false` when the person has no such one. */
    remove: (personId: string, id: string): boolean =>
      state.inTransaction(() => {
        const removed =
          sqlite.prepare('DELETE FROM authenticators WHERE person = ? AND id = ?').run(personId, id).changes > 0;
        if (removed) report(personId, 'factor_removed', 'An administrator removed an authenticator');
        return removed;
      }),
    /** A new one-time code of 60 bits, valid for ten minutes together with the person's e-mail; earlier ones stop serving. */
    createCode(personId: string): { id: string; code: string; expiresAt: string } {
      const plain = Array.from({ length: 12 }, () => alphabet[randomInt(alphabet.length)]).join('');
      const [id, at] = [newId(), now().getTime()];
      const expiresAt = at + bindingCodeMinutes * 60_000;
      state.inTransaction(() => {
        sqlite
          .prepare('UPDATE binding_codes SET expires_at = ? WHERE person = ? AND used_at IS NULL AND expires_at > ?')
          .run(at, personId, at);
        sqlite
          .prepare('INSERT INTO binding_codes (id, person, hash, expires_at) VALUES (?, ?, ?, ?)')
          .run(id, personId, sha256(plain), expiresAt);
      });
      return { id, code: (plain.match(/.{4}/g) ?? []).join('-'), expiresAt: new Date(expiresAt).toISOString() };
    },
    codeState(personId: string, id: string): BindingCode | null {
      const row = sqlite.prepare('SELECT * FROM binding_codes WHERE person = ? AND id = ?').get(personId, id);
      if (!row) return null;
      const [usedAt, expiresAt] = [row.used_at === null ? null : Number(row.used_at), Number(row.expires_at)];
      const open = expiresAt > now().getTime();
      return {
        id,
        state: usedAt !== null ? 'used' : Number(row.tries) >= triesMax ? 'blocked' : open ? 'open' : 'expired',
        expiresAt: new Date(expiresAt).toISOString(),
        usedAt: usedAt === null ? null : new Date(usedAt).toISOString(),
        authenticatorId: row.authenticator === null ? null : String(row.authenticator),
      };
    },
    /** Begins binding: an unconfirmed authenticator whose secret is shown once. `null` for a wrong, used or expired code. */
    begin(email: string, code: string): { authenticatorId: string; secret: string; uri: string } | null {
      const person = people.findByEmail(email);
      const row = person ? openCode(person.id, code) : null;
      if (!person || !row) return null;
      const [authenticatorId, secret] = [newId(), generateSecret()];
      state.inTransaction(() => {
        // Beginning again replaces what was begun; only a confirmed one uses the code up.
        sqlite.prepare('DELETE FROM authenticators WHERE person = ? AND confirmed_at IS NULL').run(person.id);
        sqlite
          .prepare(
            `INSERT INTO authenticators (id, person, type, name, secret, created_at) VALUES (?, ?, 'totp', 'Authenticator app', ?, ?)`,
          )
          .run(authenticatorId, person.id, secret, now().getTime());
      });
      return { authenticatorId, secret, uri: generateURI({ issuer: company.name, label: person.email, secret }) };
    },
    /** Confirms it with its first code; the binding code is used up in the same transaction. */
    confirm: (email: string, code: string, authenticatorId: string, totp: string): boolean =>
      state.inTransaction(() => {
        const person = people.findByEmail(email);
        const row = person ? openCode(person.id, code) : null;
        const pending = person
          ? sqlite
              .prepare('SELECT * FROM authenticators WHERE id = ? AND person = ? AND confirmed_at IS NULL')
              .get(authenticatorId, person.id)
          : undefined;
        const step = pending ? matchingStep(String(pending.secret), totp) : null;
        if (!person || !row || step === null) return false;
        const at = now().getTime();
        const used = sqlite
          .prepare('UPDATE binding_codes SET used_at = ?, authenticator = ? WHERE id = ? AND used_at IS NULL')
          .run(at, authenticatorId, String(row.id));
        if (used.changes === 0) return false;
        sqlite
          .prepare('UPDATE authenticators SET confirmed_at = ?, last_step = ? WHERE id = ?')
          .run(at, step, authenticatorId);
        report(person.id, 'factor_added', 'Bound with a one-time code');
        return true;
      }),
  };
}
