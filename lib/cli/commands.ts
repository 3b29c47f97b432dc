import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import type { JWK } from 'jose';
import { addAuditCommands } from '#lib/cli/audit.ts';
import { addBreakGlassCommands } from '#lib/cli/break-glass-commands.ts';
import { importProgress } from '#lib/cli/import-progress.ts';
import { type Common, declare, inTenant, list, print } from '#lib/cli/in-tenant.ts';
import { addStoreCommands } from '#lib/cli/store-commands.ts';
import { withDatabase } from '#lib/cli/supervisor/database.ts';
import { ingestStream } from '#lib/events/ingest-stream.ts';
import { openProvider } from '#lib/events/providers.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { now } from '#lib/kernel/clock.ts';
import { execute } from '#lib/kernel/command.ts';
import { thumbprintOf } from '#lib/kernel/crypto/dpop-proof.ts';
import { migrate } from '#lib/kernel/db/migrate.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { openCityDatabase } from '#lib/kernel/geo/city-database.ts';
import { cityDatabaseFile, networkDatabaseFile } from '#lib/kernel/geo/city-database-file.ts';
import { enrolmentLink, inviteOperator } from '#lib/staff/invite.ts';
import { createServiceToken, revokeServiceToken } from '#lib/staff/service-tokens.ts';
import { createTenant } from '#lib/staff/tenants.ts';

/** Declares every command. Whoever can run them holds the machine and its secrets, so they act as the system, audited as such. */
export function addCommands(program: Command): void {
  const staff = program.command('staff').description('operators of the desk');
  declare(staff, 'invite <email>', 'invite an operator; prints the one-time enrolment link')
    .requiredOption('--role <roles>', 'roles, separated by commas')
    .action((email: string, options: Common & { role: string }) =>
      inTenant(options, async (actor, env) => {
        const { token } = await execute(pool('cli'), inviteOperator, actor, { email, roles: list(options.role) });
        const link = enrolmentLink(env.GATEHOUSE_URL, token);
        print(options, { email, roles: list(options.role), link }, link);
      }),
    );

  program
    .command('tenant')
    .description('tenants: walls between organisations')
    .command('create <slug>')
    .description('make a tenant; invite its first administrator with staff invite --tenant')
    .option('--json', 'print one JSON object on stdout')
    .option('--name <name>', 'what people read; the slug unless told')
    .action(async (slug: string, options: { json?: boolean; name?: string }) => {
      await withDatabase(readEnv(), async () => {
        const { id } = await createTenant(pool('cli'), { slug, name: options.name ?? slug });
        print(options, { slug, id }, `made the tenant ${slug}`);
      });
    });

  const token = program.command('token').description('bearer tokens for machines');
  declare(token, 'create <name>', 'make a token; prints it once')
    .requiredOption('--scope <scopes>', 'scopes, separated by commas')
    .option('--provider <provider>', 'events of this provider only')
    .option('--without-addresses', 'e-mail and IP addresses are hidden from it')
    .option(
      '--proof-key <key>',
      'works only with a proof by this key (DPoP): a file with a public JWK, or its thumbprint',
    )
    .option('--days <days>', 'expires after so many days (90 unless told)', Number)
    .option('--rate <requests>', 'requests a minute (12,000 unless told)', Number)
    .action(
      (
        name: string,
        options: Common & {
          scope: string;
          provider?: string;
          days?: number;
          rate?: number;
          withoutAddresses?: boolean;
          proofKey?: string;
        },
      ) =>
        inTenant(options, async (actor) => {
          const made = await execute(pool('cli'), createServiceToken, actor, {
            name,
            scopes: list(options.scope),
            provider: options.provider ?? null,
            addresses: !options.withoutAddresses,
            proofKey: options.proofKey ? await readProofKey(options.proofKey) : null,
            ...(options.days === undefined ? {} : { expiresInDays: options.days }),
            ...(options.rate === undefined ? {} : { requestsPerMinute: options.rate }),
          });
          print(options, { name, scopes: list(options.scope), token: made.token }, made.token);
        }),
    );
  declare(token, 'revoke <name>', 'revoke a token at once').action((name: string, options: Common) =>
    inTenant(options, async (actor) => {
      await execute(pool('cli'), revokeServiceToken, actor, { name });
      print(options, { name, revoked: true }, `revoked ${name}`);
    }),
  );

  declare(
    program,
    'import <file>',
    'import records: JSON, a JSON array, NDJSON, or CSV with a heading (.csv); gzip too',
  )
    .requiredOption('--provider <provider>', 'whose records these are: ocsf, okta, auth0, entra, keycloak, …')
    .action((file: string, options: Common & { provider: string }) =>
      inTenant(options, (actor) => importFile(file, options, actor)),
    );

  addAuditCommands(program);
  addBreakGlassCommands(program);
  addStoreCommands(program);

  program
    .command('migrate')
    .description("bring the database to this version's schema")
    .option('--json', 'print one JSON object on stdout')
    .action(async (options: { json?: boolean }) => {
      await withDatabase(readEnv(), async () => {
        const { applied } = await migrate(process.env.DATABASE_URL ?? '');
        print(options, { applied }, applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply');
      });
    });
}

async function importFile(file: string, options: Common & { provider: string }, actor: Actor): Promise<void> {
  const env = readEnv();
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw new Refusal('invalid_input', `There is no file ${file}.`);
  const database = pool('cli');
  const { provider, definition } = await openProvider(database, actor, options.provider);
  const places = openCityDatabase(env.GEOIP_CITY_DB ?? cityDatabaseFile());
  process.env.GEOIP_ASN_DB = env.GEOIP_ASN_DB ?? networkDatabaseFile();
  const progress = importProgress(size, options.json ?? false);
  const stream = createReadStream(file, { highWaterMark: 256 * 1024 });
  const total = await ingestStream(
    { database, tenantId: actor.tenantId, provider, definition, findPlace: places.find, receivedAt: now },
    stream,
    {
      csv: /\.csv(\.gz)?$/i.test(file),
      // Said by its name, a line is a record even where the first ones are broken.
      lines: /\.(ndjson|jsonl)(\.gz)?$/i.test(file),
      onProgress: ({ read }) => progress.at(stream.bytesRead, read),
    },
  );
  progress.done(total.read);
  const reasons = total.quarantined > 0 ? await quarantineReasons(actor.tenantId, provider.id) : {};
  print(
    options,
    total,
    [
      `read ${total.read}, stored ${total.stored}, duplicate ${total.duplicate}, quarantined ${total.quarantined}`,
      ...Object.entries(reasons).map(([code, count]) => `  in quarantine: ${code} ${count}`),
    ].join('\n'),
  );
}

async function quarantineReasons(tenantId: string, providerId: string): Promise<Record<string, number>> {
  const rows = await pool('cli').inTenant(tenantId, (tx) =>
    tx.quarantinedRecord.groupBy({ by: ['code'], where: { tenantId, providerId }, _count: true }),
  );
  return Object.fromEntries(rows.map((row) => [row.code, row._count]));
}

/** The thumbprint as it was given, or that of the public JWK in a file. @throws Refusal `invalid_input` */
async function readProofKey(given: string): Promise<string> {
  if (!existsSync(given)) return given;
  try {
    return await thumbprintOf(JSON.parse(readFileSync(given, 'utf8')) as JWK);
  } catch {
    throw new Refusal('invalid_input', `${given} is not a public key as a JWK (RFC 7517). No token was made.`);
  }
}
