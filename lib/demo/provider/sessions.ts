import { clientName } from '#lib/demo/provider/clients.ts';
import type { Delivery, LogoutDelivery } from '#lib/demo/provider/logout-delivery.ts';
import { ocsfRecord, type Visitor } from '#lib/demo/provider/ocsf-record.ts';
import type { People } from '#lib/demo/provider/people.ts';
import type { State } from '#lib/demo/provider/state.ts';
import { now } from '#lib/kernel/clock.ts';
import type { JsonObject } from '#lib/model/event.ts';

/** A living session as the management interface shows it. */
export type ProviderSessionView = {
  id: string;
  person: { id: string; name: string; email: string };
  startedAt: string;
  expiresAt: string;
  acr: string | null;
  amr: string[];
  ip: string | null;
  userAgent: string | null;
  clients: { id: string; name: string; sid: string }[];
};

/** What oidc-provider keeps of a session, as far as it matters here. */
export type SessionPayload = {
  uid: string;
  accountId?: string;
  loginTs?: number;
  exp?: number;
  acr?: string;
  amr?: string[];
  authorizations?: Record<string, { sid?: string; grantId?: string }>;
};

/** Whoever ended the session tells its applications at once; only after this do the provider's chores take it up. */
const firstAttemptMs = 6_000;

export type Sessions = ReturnType<typeof openSessions>;

/** The sessions that the provider keeps: looking at them, and ending one for good. */
export function openSessions(context: {
  state: State;
  people: People;
  delivery: LogoutDelivery;
  issuer: string;
  report(record: JsonObject): void;
}) {
  const { state, people, delivery } = context;
  const { sqlite } = state;
  const nowSeconds = () => Math.floor(now().getTime() / 1000);

  const readSession = (
    payload: SessionPayload,
    from: Pick<Visitor, 'ip' | 'userAgent'>,
  ): ProviderSessionView | null => {
    const person = people.find(payload.accountId ?? '');
    if (!person) return null;
    return {
      id: payload.uid,
      person: { id: person.id, name: person.name, email: person.email },
      startedAt: new Date((payload.loginTs ?? 0) * 1000).toISOString(),
      expiresAt: new Date((payload.exp ?? 0) * 1000).toISOString(),
      acr: payload.acr ?? null,
      amr: payload.amr ?? [],
      ip: from.ip,
      userAgent: from.userAgent,
      clients: Object.entries(payload.authorizations ?? {}).flatMap(([id, { sid }]) =>
        sid ? [{ id, name: clientName(id), sid }] : [],
      ),
    };
  };
  const view = (row: Record<string, unknown>): ProviderSessionView | null => {
    const text = (value: unknown) => (value === null ? null : String(value));
    return readSession(payloadOf(row), { ip: text(row.ip), userAgent: text(row.user_agent) });
  };

  const living = `SELECT m.payload, f.ip, f.user_agent FROM models m LEFT JOIN session_facts f ON f.uid = m.uid
    WHERE m.kind = 'Session' AND m.account_id IS NOT NULL AND m.expires_at > ?`;

  const find = (uid: string): ProviderSessionView | null => {
    const row = sqlite.prepare(`${living} AND m.uid = ?`).get(nowSeconds(), uid);
    return row ? view(row) : null;
  };

  /** Ends a session and everything issued in it, in one transaction; its applications stand in line to be told. */
  const endInState = (
    session: ProviderSessionView,
    payload: SessionPayload,
    cause: 'revoked' | 'signed_out' | 'expired',
  ) =>
    state.inTransaction(() => {
      const at = now().getTime();
      const ended = sqlite
        .prepare('UPDATE session_facts SET ended_at = ?, end_reason = ? WHERE uid = ? AND ended_at IS NULL')
        .run(at, cause, session.id);
      if (ended.changes === 0) return;
      for (const { grantId } of Object.values(payload.authorizations ?? {})) {
        if (!grantId) continue;
        sqlite.prepare('DELETE FROM models WHERE grant_id = ?').run(grantId);
        sqlite.prepare(`DELETE FROM models WHERE kind = 'Grant' AND id = ?`).run(grantId);
      }
      sqlite.prepare('DELETE FROM models WHERE session_uid = ?').run(session.id);
      for (const client of session.clients) {
        sqlite
          .prepare(
            `INSERT INTO logout_deliveries (session_uid, client_id, person, sid, state, attempts, next_at, detail) VALUES (?, ?, ?, ?, 'pending', 0, ?, 'Not told yet.')
             ON CONFLICT DO NOTHING`,
          )
          .run(session.id, client.id, session.person.id, client.sid, at + firstAttemptMs);
      }
      const activity = ({ revoked: 'session_revoked', signed_out: 'logoff', expired: 'session_ended' } as const)[cause];
      context.report(ocsfRecord(context.issuer, { activity, person: session.person, sessionUid: session.id }));
    });

  const payloadOfSession = (uid: string): SessionPayload | null => {
    const row = sqlite.prepare(`SELECT payload FROM models WHERE kind = 'Session' AND uid = ?`).get(uid);
    return row ? payloadOf(row) : null;
  };

  return {
    find,
    /** A page of living sessions in the order of their ids; `after` is the last id of the page before. */
    list(query: { person: string | null; after: string; limit: number }): ProviderSessionView[] {
      return sqlite
        .prepare(`${living} AND m.uid > ? AND (? IS NULL OR m.account_id = ?) ORDER BY m.uid LIMIT ?`)
        .all(nowSeconds(), query.after, query.person, query.person, query.limit)
        .flatMap((row) => view(row) ?? []);
    },
    count: () =>
      Number(
        sqlite
          .prepare(
            `SELECT count(*) AS n FROM models WHERE kind = 'Session' AND account_id IS NOT NULL AND expires_at > ?`,
          )
          .get(nowSeconds())?.n ?? 0,
      ),
    /** When and why a session was ended; `null` for one that was not, or never was. */
    ended(uid: string): { at: string; reason: string; deliveries: Delivery[] } | null {
      const row = sqlite
        .prepare('SELECT ended_at, end_reason FROM session_facts WHERE uid = ? AND ended_at IS NOT NULL')
        .get(uid);
      if (!row) return null;
      return {
        at: new Date(Number(row.ended_at)).toISOString(),
        reason: String(row.end_reason),
        deliveries: delivery.of(uid),
      };
    },
    /** Ends a session, then tells its applications and says of each what became of it. `null` when there is no such session. */
    async revoke(uid: string): Promise<Delivery[] | null> {
      const session = find(uid);
      const payload = payloadOfSession(uid);
      if (!session || !payload) return null;
      endInState(session, payload, 'revoked');
      return delivery.deliver(uid);
    },
    /** The person signed out at the provider: its applications are told too. */
    async signedOut(payload: SessionPayload): Promise<void> {
      const session = readSession(payload, { ip: null, userAgent: null });
      if (!session) return;
      endInState(session, payload, 'signed_out');
      await delivery.deliver(session.id);
    },
    /** Remembers where a session came from. Called once it exists, before anything is issued in it. */
    began(uid: string, person: string, visitor: Visitor): void {
      sqlite
        .prepare(
          `INSERT INTO session_facts (uid, person, ip, user_agent, device, started_at) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (uid) DO UPDATE SET person = excluded.person, ip = excluded.ip, user_agent = excluded.user_agent, device = excluded.device`,
        )
        .run(uid, person, visitor.ip, visitor.userAgent, visitor.device, now().getTime());
    },
    visitorOf(uid: string): Visitor {
      const row = sqlite.prepare('SELECT ip, user_agent, device FROM session_facts WHERE uid = ?').get(uid);
      const text = (value: unknown) => (value === null || value === undefined ? null : String(value));
      return { ip: text(row?.ip), userAgent: text(row?.user_agent), device: text(row?.device) };
    },
    /** Ends what ran out, and forgets expired codes, tokens and half-done sign-ins. */
    sweep(): void {
      const overdue = sqlite
        .prepare(
          `SELECT m.payload, f.ip, f.user_agent FROM models m JOIN session_facts f ON f.uid = m.uid AND f.ended_at IS NULL
           WHERE m.kind = 'Session' AND m.expires_at <= ? LIMIT 100`,
        )
        .all(nowSeconds());
      for (const row of overdue) {
        const session = view(row);
        if (session) endInState(session, payloadOf(row), 'expired');
      }
      sqlite.prepare('DELETE FROM models WHERE expires_at <= ?').run(nowSeconds());
      sqlite.prepare('DELETE FROM half_sign_ins WHERE expires_at <= ?').run(now().getTime());
    },
  };
}

function payloadOf(row: Record<string, unknown>): SessionPayload {
  return JSON.parse(String(row.payload)) as SessionPayload;
}
