import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SampleClientId } from '#lib/demo/provider/clients.ts';
import { now } from '#lib/kernel/clock.ts';
import { newSecret, sha256 } from '#lib/kernel/ids.ts';

export type AppSession = {
  client: SampleClientId;
  subject: string;
  sid: string;
  name: string;
  email: string;
  acr: string;
  signedInAt: Date;
  refreshToken: string | null;
  refreshedAt: Date;
  endedAt: Date | null;
};
export type Handshake = { client: SampleClientId; verifier: string; state: string; nonce: string };

const schema = `
CREATE TABLE IF NOT EXISTS sessions (hash BLOB PRIMARY KEY, client TEXT NOT NULL, subject TEXT NOT NULL, sid TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL,
  acr TEXT NOT NULL, signed_in_at INTEGER NOT NULL, refresh_token TEXT, refreshed_at INTEGER NOT NULL, ended_at INTEGER) STRICT;
CREATE INDEX IF NOT EXISTS sessions_sid ON sessions (client, sid);
CREATE TABLE IF NOT EXISTS handshakes (hash BLOB PRIMARY KEY, client TEXT NOT NULL, verifier TEXT NOT NULL, state TEXT NOT NULL, nonce TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS logout_tokens (jti TEXT PRIMARY KEY, expires_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS ended_sids (client TEXT NOT NULL, sid TEXT NOT NULL, ended_at INTEGER NOT NULL, PRIMARY KEY (client, sid)) STRICT;
`;

export type AppSessions = ReturnType<typeof openAppSessions>;

/** The applications' own sessions, on the server; a browser holds a random value whose hash is the key. Survives a restart. */
export function openAppSessions(folder: string) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'state.db');
  const sqlite = new DatabaseSync(file, { timeout: 5_000 });
  chmodSync(file, 0o600);
  sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  sqlite.exec(schema);
  const time = () => now().getTime();

  return {
    close: () => sqlite.close(),
    /** Keeps what the way back from the provider must fit; used up by `takeHandshake`. */
    beginHandshake(handshake: Handshake): string {
      const cookie = newSecret();
      sqlite.prepare('DELETE FROM handshakes WHERE expires_at < ?').run(time());
      sqlite
        .prepare('INSERT INTO handshakes (hash, client, verifier, state, nonce, expires_at) VALUES (?, ?, ?, ?, ?, ?)')
        .run(
          sha256(cookie),
          handshake.client,
          handshake.verifier,
          handshake.state,
          handshake.nonce,
          time() + 1_800_000,
        );
      return cookie;
    },
    takeHandshake(cookie: string, client: SampleClientId): Handshake | null {
      const row = sqlite
        .prepare('DELETE FROM handshakes WHERE hash = ? AND client = ? AND expires_at > ? RETURNING *')
        .get(sha256(cookie), client, time());
      return row
        ? { client, verifier: String(row.verifier), state: String(row.state), nonce: String(row.nonce) }
        : null;
    },
    /** A new session; born ended when the provider already said that its own is over. */
    begin(session: Omit<AppSession, 'signedInAt' | 'refreshedAt' | 'endedAt'>): string {
      const cookie = newSecret();
      sqlite
        .prepare(
          `INSERT INTO sessions (hash, client, subject, sid, name, email, acr, signed_in_at, refresh_token, refreshed_at, ended_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT ended_at FROM ended_sids WHERE client = ? AND sid = ?))`,
        )
        .run(
          sha256(cookie),
          session.client,
          session.subject,
          session.sid,
          session.name,
          session.email,
          session.acr,
          time(),
          session.refreshToken,
          time(),
          session.client,
          session.sid,
        );
      return cookie;
    },
    find(cookie: string | null, client: SampleClientId): AppSession | null {
      if (!cookie) return null;
      const row = sqlite.prepare('SELECT * FROM sessions WHERE hash = ? AND client = ?').get(sha256(cookie), client);
      if (!row) return null;
      return {
        client,
        subject: String(row.subject),
        sid: String(row.sid),
        name: String(row.name),
        email: String(row.email),
        acr: String(row.acr),
        signedInAt: new Date(Number(row.signed_in_at)),
        refreshToken: row.refresh_token === null ? null : String(row.refresh_token),
        refreshedAt: new Date(Number(row.refreshed_at)),
        endedAt: row.ended_at === null ? null : new Date(Number(row.ended_at)),
      };
    },
    refreshed(cookie: string, refreshToken: string | null): void {
      sqlite
        .prepare(
          'UPDATE sessions SET refresh_token = COALESCE(?, refresh_token), refreshed_at = ? WHERE hash = ? AND ended_at IS NULL',
        )
        .run(refreshToken, time(), sha256(cookie));
    },
    /** Ends the one session of a browser that signs out of the application. */
    end(cookie: string): void {
      sqlite
        .prepare('UPDATE sessions SET ended_at = ? WHERE hash = ? AND ended_at IS NULL')
        .run(time(), sha256(cookie));
    },
    /** True the first time a logout token is seen. */
    isFirstUse(jti: string, expiresAt: Date): boolean {
      sqlite.prepare('DELETE FROM logout_tokens WHERE expires_at < ?').run(time() - 600_000);
      return (
        sqlite
          .prepare('INSERT INTO logout_tokens (jti, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING')
          .run(jti, expiresAt.getTime()).changes > 0
      );
    },
    /** Ends every session of that provider session, or of the person when no session is named. @returns how many */
    endAtProvider(client: SampleClientId, about: { sid: string | null; subject: string | null }): number {
      if (about.sid !== null) {
        sqlite
          .prepare('INSERT INTO ended_sids (client, sid, ended_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
          .run(client, about.sid, time());
        return Number(
          sqlite
            .prepare('UPDATE sessions SET ended_at = ? WHERE client = ? AND sid = ? AND ended_at IS NULL')
            .run(time(), client, about.sid).changes,
        );
      }
      return Number(
        sqlite
          .prepare('UPDATE sessions SET ended_at = ? WHERE client = ? AND subject = ? AND ended_at IS NULL')
          .run(time(), client, about.subject).changes,
      );
    },
  };
}
