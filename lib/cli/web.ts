import path from 'node:path';
import next from 'next';
import { createFrontServer } from '#lib/cli/front/front-server.ts';
import { underSupervisor } from '#lib/cli/supervisor/supervised.ts';
import { assertSchemaIsKnown, isSchemaNewer, knownMigrations } from '#lib/kernel/db/migrate.ts';
import { closePools, pool } from '#lib/kernel/db/pools.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { cityDatabaseFile, networkDatabaseFile } from '#lib/kernel/geo/city-database-file.ts';
import { log } from '#lib/kernel/log.ts';

const env = readEnv();
const publicUrl = new URL(env.GATEHOUSE_URL);
process.env.NEXTAUTH_URL = env.GATEHOUSE_URL;
// Inside Next's bundles a package's files cannot be found by resolving; here they can.
process.env.GEOIP_CITY_DB = env.GEOIP_CITY_DB ?? cityDatabaseFile();
process.env.GEOIP_ASN_DB = env.GEOIP_ASN_DB ?? networkDatabaseFile();
if (env.DATABASE_URL) await assertSchemaIsKnown(env.DATABASE_URL);

const app = next({
  dev: false,
  dir: path.resolve(import.meta.dirname, '../..'),
  hostname: publicUrl.hostname,
  port: Number(publicUrl.port || (publicUrl.protocol === 'https:' ? 443 : 80)),
});
await app.prepare();
const handle = app.getRequestHandler();
const server = createFrontServer({
  handle: (request, response) => handle(request, response),
  publicUrl,
  trustedProxies: env.TRUSTED_PROXIES,
  onError: (error) => log.error({ err: error }, 'a request failed'),
});
const supervised = underSupervisor(async () => {
  // Finish what was begun, take nothing new; open event streams are simply cut.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 1_500).unref();
  await closed;
  await closePools();
});
server.on('error', (error) => {
  log.fatal({ err: error }, 'the desk cannot listen');
  process.exit(1);
});
process.on('unhandledRejection', (error) => {
  log.fatal({ err: error }, 'an error nobody handled; this process ends and is started again');
  process.exit(1);
});
const known = knownMigrations();
setInterval(async () => {
  // Away for the moment: the next look decides.
  if (!env.DATABASE_URL || !(await isSchemaNewer(pool('desk'), known).catch(() => false))) return;
  log.fatal('a newer Gatehouse migrated the database; this process ends, start that version');
  process.exit(1);
}, 5_000).unref();
server.listen(env.PORT, env.HOST, () => {
  log.info({ host: env.HOST, port: env.PORT }, 'the desk listens');
  supervised.ready();
});
