import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export type State = {
  sqlite: DatabaseSync;
  /** Runs `work` in one transaction: all of it, or nothing. */
  inTransaction<T>(work: () => T): T;
  close(): void;
};

const schema = `
CREATE TABLE IF NOT EXISTS models (
  kind TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at INTEGER, uid TEXT, user_code TEXT,
  grant_id TEXT, session_uid TEXT, account_id TEXT, PRIMARY KEY (kind, id)) STRICT;
CREATE INDEX IF NOT EXISTS models_uid ON models (kind, uid);
CREATE INDEX IF NOT EXISTS models_grant ON models (grant_id);
CREATE INDEX IF NOT EXISTS models_session ON models (session_uid);
CREATE INDEX IF NOT EXISTS models_expiry ON models (expires_at);
-- Where a session came from, and the mark of a session that was ended: nothing of it may be stored again.
CREATE TABLE IF NOT EXISTS session_facts (uid TEXT PRIMARY KEY, person TEXT NOT NULL, ip TEXT, user_agent TEXT, device TEXT, started_at INTEGER NOT NULL,
  ended_at INTEGER, end_reason TEXT) STRICT;
CREATE TABLE IF NOT EXISTS logout_deliveries (session_uid TEXT NOT NULL, client_id TEXT NOT NULL, person TEXT NOT NULL, sid TEXT NOT NULL, state TEXT NOT NULL,
  attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, detail TEXT NOT NULL, PRIMARY KEY (session_uid, client_id)) STRICT;
CREATE TABLE IF NOT EXISTS people (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, staff_number TEXT NOT NULL, password_hash TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0, locked_until INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS authenticators (id TEXT PRIMARY KEY, person TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, secret TEXT NOT NULL,
  created_at INTEGER NOT NULL, confirmed_at INTEGER, last_step INTEGER NOT NULL DEFAULT 0, last_used_at INTEGER) STRICT;
CREATE INDEX IF NOT EXISTS authenticators_person ON authenticators (person);
CREATE TABLE IF NOT EXISTS binding_codes (id TEXT PRIMARY KEY, person TEXT NOT NULL, hash BLOB NOT NULL, expires_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  used_at INTEGER, authenticator TEXT) STRICT;
CREATE TABLE IF NOT EXISTS half_sign_ins (interaction TEXT PRIMARY KEY, person TEXT NOT NULL, expires_at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS signing_keys (kid TEXT PRIMARY KEY, state TEXT NOT NULL, private_jwk TEXT, public_jwk TEXT NOT NULL, created_at INTEGER NOT NULL,
  published_at INTEGER, activated_at INTEGER, retiring_at INTEGER, retired_at INTEGER, signatures INTEGER NOT NULL DEFAULT 0, last_signed_at INTEGER, reference TEXT) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS one_active_key ON signing_keys (state) WHERE state = 'active';
-- What Gatehouse has not taken yet, in order.
CREATE TABLE IF NOT EXISTS reports (seq INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL) STRICT;
`;

/**
 * Opens the sample provider's own state: one SQLite file in its own folder, apart from everything of Gatehouse's. A commit is on
 * disk when it returns, so sessions, keys and unsent reports survive a kill -9.
 */
export function openState(folder: string): State {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, 'state.db');
  const sqlite = new DatabaseSync(file, { timeout: 5_000 });
  chmodSync(file, 0o600);
  sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  sqlite.exec(schema);
  addKeyReference(sqlite);
  let depth = 0;
  return {
    sqlite,
    inTransaction(work) {
      if (depth > 0) return work();
      sqlite.exec('BEGIN IMMEDIATE');
      depth += 1;
      try {
        const result = work();
        sqlite.exec('COMMIT');
        return result;
      } catch (error) {
        sqlite.exec('ROLLBACK');
        throw error;
      } finally {
        depth -= 1;
      }
    },
    close: () => sqlite.close(),
  };
}

/** A state kept from before keys had a reference gets the column. */
function addKeyReference(sqlite: DatabaseSync): void {
  const columns = sqlite.prepare('PRAGMA table_info(signing_keys)').all();
  if (!columns.some(({ name }) => name === 'reference'))
    sqlite.exec('ALTER TABLE signing_keys ADD COLUMN reference TEXT');
  sqlite.exec('CREATE UNIQUE INDEX IF NOT EXISTS signing_keys_reference ON signing_keys (reference)');
}
