import pg from 'pg';

const tenantId = '01900000-0000-7000-8000-000000000001';
const rowsPerStatement = 100_000;
/** What is not asked of the database while it is filled. */
const hurried = ['full_page_writes', 'autovacuum', 'synchronous_commit'];
const eventsPerSession = 8;
const eventsPerPerson = 40;

/**
 * Makes events with their ids, people, sessions and devices in the database itself, in order of time over the half year before now: a
 * store that has been in use, for measuring what its size costs. Rows are numbered from `from`; eight events a session, five sessions a
 * person, who comes back some five weeks later.
 */
export async function fillStore(url: string, from: number, until: number, say: (line: string) => void): Promise<void> {
  const clients = [new pg.Client({ connectionString: url }), new pg.Client({ connectionString: url })];
  const [first] = clients;
  await Promise.all(clients.map((client) => client.connect()));
  const ask = async (...asked: string[]) => {
    for (const sql of asked) await first?.query(sql);
  };
  try {
    // Nobody needs this store after a crash, and what is measured afterwards begins with a checkpoint of its own.
    await ask(...hurried.map((name) => `ALTER SYSTEM SET ${name} = off`), 'SELECT pg_reload_conf()');
    await ask(
      `INSERT INTO providers (tenant_id, id, slug, kind, name, issuer) VALUES ('${tenantId}', md5('filler')::uuid, 'filler', 'ocsf', 'Filler', 'urn:filler') ON CONFLICT DO NOTHING`,
    );
    const rows = { from, until, end: new Date() };
    const statements = statementsFor(rows);
    // Months are made when their first event comes, as in a store that grows: what a large one does with the next is part of its cost.
    const [firstAt, lastAt] = ['$1::int', '$2::int'].map((n) => timeOf(n, rows));
    const ensureMonths = `SELECT gatehouse_ensure_event_months(ARRAY(
      SELECT m::date FROM generate_series(date_trunc('month', ${firstAt}), ${lastAt}, interval '1 month') m))`;
    let next = from;
    const fill = async (client: pg.Client) => {
      while (next < until) {
        const start = next;
        next = Math.min(start + rowsPerStatement, until);
        const range = [start, next - 1];
        for (const statement of [ensureMonths, ...statements]) await client.query(statement, range);
        say(`${next} of ${until} rows filled in`);
      }
    };
    await Promise.all(clients.map(fill));
    // A store in use has been vacuumed by the database itself; one that was just filled has not.
    await ask('VACUUM ANALYZE');
  } finally {
    await ask(...hurried.map((name) => `ALTER SYSTEM RESET ${name}`), 'SELECT pg_reload_conf()', 'CHECKPOINT');
    await Promise.all(clients.map((client) => client.end()));
  }
}

/** Words as a company has them: a few that most rows have, and one that few have. */
const words = {
  client: "CASE WHEN n / 8 % 1247 = 0 THEN 'Vault' ELSE 'App ' || n / 8 % 20 END",
  providerType: "CASE WHEN n % 20011 = 0 THEN 'user.mfa.factor.deactivate' ELSE '3002:' || 1 + n % 8 END",
  reason: "CASE WHEN n % 4000 = 0 THEN 'account_locked' WHEN n % 40 = 0 THEN 'invalid_credentials' END",
  timeQuality: "CASE WHEN n % 30011 = 0 THEN 'absurd' ELSE 'ok' END",
  accountType: (person: string) => `CASE WHEN ${person} % 499 = 0 THEN 'service' ELSE 'human' END`,
  device: (
    device: string,
  ) => `CASE WHEN ${device} % 997 = 0 THEN 'Opera on FreeBSD' ELSE (ARRAY['Chrome on Linux', 'Chrome on Windows',
    'Safari on macOS', 'Firefox on Windows', 'Edge on Windows', 'Safari on iOS'])[1 + ${device} % 6] END`,
};
type Rows = { from: number; until: number; end: Date };

/** When row `n` happened: the rows are spread over half a year before `end`. */
function timeOf(n: string, { from, until, end }: Rows): string {
  return `'${end.toISOString()}'::timestamptz - ((${until} - ${n})::float8 / ${until - from}) * interval '180 days'`;
}

/** The statements of a fill of the rows from `from` to before `until`; each takes the numbers of its first and last row. */
function statementsFor(rows: Rows): string[] {
  const { from, until } = rows;
  const people = Math.max(1, Math.floor((until - from) / eventsPerPerson));
  const firstPerson = Math.floor(from / eventsPerPerson);
  const firstSession = Math.floor(from / eventsPerSession);
  const at = (n: string) => timeOf(n, rows);
  // A prime takes the people in an order of its own, everybody once before anybody twice.
  const person = (session: string) => `(${firstPerson} + (${session} - ${firstSession})::bigint * 7919 % ${people})`;
  const p = person(`n / ${eventsPerSession}`);
  const common = `'${tenantId}'::uuid AS tenant_id, md5('filler')::uuid AS provider_id`;
  const ip = "('10.' || n % 250 || '.' || n / 250 % 250 || '.7')::inet";
  const country = 'chr(65 + n % 26) || chr(65 + n / 26 % 26)';
  const sessions = `generate_series($1::int / ${eventsPerSession}, $2::int / ${eventsPerSession}) n`;
  const ended = 'CASE WHEN n % 10 > 0 THEN now() END';
  // Their first session tells of each of them.
  const newPeople = `(SELECT ${person('n')} AS p, ${at('n * 8')} AS first_at, ${at(`(n + 4 * ${people}) * 8`)} AS last_at
      FROM ${sessions} WHERE n - ${firstSession} < ${people})`;
  return [
    `INSERT INTO events (tenant_id, provider_id, occurred_at, id, source_event_id, type, provider_type, outcome, interactive, person_id, session_id, device_id,
      client, ip, user_agent, country, city, asn, time_quality, detail, raw, person_issuer, person_subject, person_name, person_email, account_type, source_session_id,
      device_label, reason)
   SELECT ${common}, ${at('n')}, md5('e' || n)::uuid, 'filled-' || n, CASE n % 8 WHEN 0 THEN 'sign_in' WHEN 7 THEN 'sign_out' ELSE 'token_issued' END, ${words.providerType},
      CASE n % 40 WHEN 0 THEN 'failure' ELSE 'success' END, n % 8 = 0, md5('p' || p)::uuid, md5('s' || n / 8)::uuid, md5('d' || p)::uuid,
      ${words.client}, ${ip}, 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0', ${country},
      'City ' || n % 300, n % 5000, ${words.timeQuality}, '{"protocol": "OpenID"}', decode(repeat(md5(n::text), 22), 'hex'), 'urn:filler', 's' || p, 'Person ' || p,
      'filled' || p || '@example.org', ${words.accountType('p')}, 'x' || n / 8, ${words.device('p')}, ${words.reason}
   FROM generate_series($1::int, $2::int) n CROSS JOIN LATERAL (SELECT ${p} AS p) of_person`,
    `INSERT INTO event_ids (tenant_id, provider_id, source_event_id, event_id, occurred_at, digest)
   SELECT ${common}, 'filled-' || n, md5('e' || n)::uuid, ${at('n')}, decode(md5(n::text) || md5(n::text), 'hex') FROM generate_series($1::int, $2::int) n`,
    `INSERT INTO provider_batches (tenant_id, id, provider_id, received_at, stored, duplicate, quarantined, lag_seconds, unmapped)
   SELECT ${common.replace(', ', ', gen_random_uuid(), ')}, now(), $2::int - $1::int + 1, 0, 0, 1, '{}'`,
    `INSERT INTO people (tenant_id, provider_id, id, issuer, subject, account_type, display_name, email, first_seen_at, last_seen_at, sign_ins, failures)
   SELECT ${common}, md5('p' || p)::uuid, 'urn:filler', 's' || p, ${words.accountType('p')}, 'Person ' || p, 'filled' || p || '@example.org', first_at, last_at, 5, 1
   FROM ${newPeople} new_people ON CONFLICT DO NOTHING`,
    `INSERT INTO sessions (tenant_id, provider_id, id, source_session_id, person_id, device_id, started_at, last_seen_at, used_at, ended_at, own_ended_at, ip, country, asn, events)
   SELECT ${common}, md5('s' || n)::uuid, 'x' || n, md5('p' || p)::uuid, md5('d' || p)::uuid, ${at('n * 8')}, ${at('n * 8')}, ${at('n * 8')}, ${ended}, ${ended},
      ${ip}, ${country}, n % 5000, 8
   FROM ${sessions} CROSS JOIN LATERAL (SELECT ${person('n')} AS p) of_person ON CONFLICT DO NOTHING`,
    `INSERT INTO session_clients (tenant_id, session_id, client, first_seen_at, last_seen_at)
   SELECT DISTINCT ON (n / 8) '${tenantId}'::uuid, md5('s' || n / 8)::uuid, ${words.client}, ${at('n')}, ${at('n')}
   FROM generate_series($1::int, $2::int) n ON CONFLICT DO NOTHING`,
    `INSERT INTO devices (tenant_id, id, person_id, fingerprint, label, strong, first_seen_at, last_seen_at, sign_ins, failures)
   SELECT '${tenantId}', md5('d' || p)::uuid, md5('p' || p)::uuid, 'ua:filled', ${words.device('p')}, false, first_at, last_at, 5, 1
   FROM ${newPeople} new_people ON CONFLICT DO NOTHING`,
  ];
}
