import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { State } from '#lib/demo/provider/state.ts';
import { now } from '#lib/kernel/clock.ts';

const seconds = () => Math.floor(now().getTime() / 1000);

/**
 * Where oidc-provider keeps its sessions, grants, codes and tokens. What belongs to an ended session is refused, so that a request
 * which loaded the session just before it was ended cannot store it, or a token of it, again.
 */
export function oidcAdapter(state: State, kind: string): Adapter {
  const { sqlite } = state;
  const read = (row: Record<string, unknown> | undefined): AdapterPayload | undefined =>
    row ? (JSON.parse(String(row.payload)) as AdapterPayload) : undefined;
  return {
    async upsert(id, payload, expiresIn) {
      state.inTransaction(() => {
        const sessionUid = kind === 'Session' ? payload.uid : payload.sessionUid;
        const ended =
          sessionUid !== undefined &&
          sqlite.prepare('SELECT 1 FROM session_facts WHERE uid = ? AND ended_at IS NOT NULL').get(sessionUid);
        if (ended && kind === 'Session') return;
        if (ended) throw new Error('This session was ended; nothing of it is issued any more.');
        sqlite
          .prepare(
            `INSERT INTO models (kind, id, payload, expires_at, uid, user_code, grant_id, session_uid, account_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at, uid = excluded.uid,
               user_code = excluded.user_code, grant_id = excluded.grant_id, session_uid = excluded.session_uid, account_id = excluded.account_id`,
          )
          .run(
            kind,
            id,
            JSON.stringify(payload),
            expiresIn ? seconds() + expiresIn : null,
            payload.uid ?? null,
            payload.userCode ?? null,
            payload.grantId ?? null,
            sessionUid ?? null,
            payload.accountId ?? null,
          );
      });
    },
    async find(id) {
      return read(
        sqlite
          .prepare('SELECT payload FROM models WHERE kind = ? AND id = ? AND (expires_at IS NULL OR expires_at > ?)')
          .get(kind, id, seconds()),
      );
    },
    async findByUid(uid) {
      return read(
        sqlite
          .prepare('SELECT payload FROM models WHERE kind = ? AND uid = ? AND (expires_at IS NULL OR expires_at > ?)')
          .get(kind, uid, seconds()),
      );
    },
    async findByUserCode(userCode) {
      return read(sqlite.prepare('SELECT payload FROM models WHERE kind = ? AND user_code = ?').get(kind, userCode));
    },
    async consume(id) {
      sqlite
        .prepare(`UPDATE models SET payload = json_set(payload, '$.consumed', ?) WHERE kind = ? AND id = ?`)
        .run(seconds(), kind, id);
    },
    async destroy(id) {
      sqlite.prepare('DELETE FROM models WHERE kind = ? AND id = ?').run(kind, id);
    },
    async revokeByGrantId(grantId) {
      sqlite.prepare(`DELETE FROM models WHERE grant_id = ? AND kind <> 'Grant'`).run(grantId);
    },
  };
}
