import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';

/** What the desk's own processes connect as; `note` says in plain words why it is the owner after all, else it is `null`. */
export type DeskLogin = { url: string; note: string | null };

/** Makers of the login take turns under this advisory lock; any number will do as long as it never changes. */
const lockKey = 7_420_102;
const iterations = 4_096;

/**
 * The connection string of the desk's own login, `<database>_desk`, made at first use: it owns nothing, inherits nothing and may only
 * become `gatehouse_app` or `gatehouse_retention`, so that SQL somebody smuggled in cannot become the owner (`SET ROLE NONE`). Its password is
 * derived from the owner's, so that every instance on this database knows it and none has to keep it.
 * Where the owner may make no roles, or logs in without a password, the owner's own string is handed back with the reason.
 * A role of that name that is somebody else's is left as it is, its password too.
 * @param ownerUrl the connection string that migrates; the schema is up to date
 */
export async function deskLogin(ownerUrl: string): Promise<DeskLogin> {
  const owner = new URL(ownerUrl);
  if (!owner.password) return asOwner(ownerUrl, 'DATABASE_URL holds no password to derive one from');
  const name = loginName(owner);
  const url = new URL(owner);
  url.username = name;
  url.password = createHmac('sha256', decodeURIComponent(owner.password))
    .update(`gatehouse ${name}`)
    .digest('base64url');
  try {
    if ((await probe(url.toString())) === 'unknown') await makeLogin(ownerUrl, name, url.password);
    const seen = await probe(url.toString());
    if (seen === 'ok') return { url: url.toString(), note: null };
    return asOwner(
      ownerUrl,
      seen === 'unknown'
        ? `the server does not let ${name} in`
        : `${name} may more than it should: make it a plain login`,
    );
  } catch (error) {
    return asOwner(ownerUrl, error instanceof Error ? error.message : String(error));
  }
}

function asOwner(url: string, why: string): DeskLogin {
  return {
    url,
    note: `the desk connects as the owner of the database, because it could not make a login of its own: ${why}`,
  };
}

/** PostgreSQL cuts names at 63 bytes; a long name keeps its beginning and a digest of the whole. */
function loginName(owner: URL): string {
  const database = decodeURIComponent(owner.pathname.slice(1)) || decodeURIComponent(owner.username);
  if (Buffer.byteLength(database) <= 50) return `${database}_desk`;
  return `${database.slice(0, 24)}_${createHash('sha256').update(database).digest('hex').slice(0, 16)}_desk`;
}

/** `unknown`: the server does not let it in, or it lacks a right a newer version needs. `mighty`: it may more than the desk should. */
async function probe(url: string): Promise<'ok' | 'unknown' | 'mighty'> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ mighty: boolean; able: boolean }>(`
      SELECT r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb
          OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid)
          OR EXISTS (SELECT 1 FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
            WHERE m.member = r.oid AND g.rolname NOT IN ('gatehouse_app', 'gatehouse_retention')) AS mighty,
        has_table_privilege('_prisma_migrations', 'SELECT')
          AND pg_has_role('gatehouse_app', 'SET') AND pg_has_role('gatehouse_retention', 'SET') AS able
      FROM pg_roles r WHERE r.rolname = session_user`);
    return rows[0]?.mighty ? 'mighty' : rows[0]?.able ? 'ok' : 'unknown';
  } catch (error) {
    // Class 28: the server does not know this name or password.
    if (error instanceof pg.DatabaseError && error.code?.startsWith('28')) return 'unknown';
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function makeLogin(ownerUrl: string, name: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    const login = client.escapeIdentifier(name);
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey]);
    const { rows } = await client.query<{ ours: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid AND m.roleid = 'gatehouse_app'::regrole) AS ours
      FROM pg_roles r WHERE r.rolname = $1`,
      [name],
    );
    const [found] = rows;
    if (found && !found.ours) throw new Error(`${name} is there already and is not ours; it was left as it is`);
    // The server gets the verifier, never the password, so that no statement log can hold it.
    await client.query(`${found ? 'ALTER' : 'CREATE'} ROLE ${login} LOGIN PASSWORD '${scramVerifier(password)}'`);
    await client.query(`GRANT gatehouse_app, gatehouse_retention TO ${login} WITH INHERIT FALSE, SET TRUE`);
    // So that it can see whether the schema is the one it knows.
    await client.query(`GRANT SELECT ON _prisma_migrations TO ${login}`);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

/** As PostgreSQL stores it (RFC 5803): SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey. */
function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const key = (label: string) => createHmac('sha256', salted).update(label).digest();
  const stored = createHash('sha256').update(key('Client Key')).digest();
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored.toString('base64')}:${key('Server Key').toString('base64')}`;
}
