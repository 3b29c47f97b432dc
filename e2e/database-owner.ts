import { readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import type { Desk } from './desk.ts';

/** Runs SQL on a desk's own database as its owner, triggers asleep: the only way to let days go by in a journey. */
export async function letTimePass(desk: Pick<Desk, 'dataDir'>, sql: string): Promise<void> {
  const { databasePort } = JSON.parse(readFileSync(path.join(desk.dataDir, 'runtime.json'), 'utf8')) as {
    databasePort: number;
  };
  const password = readFileSync(path.join(desk.dataDir, 'secrets', 'postgres-password'), 'utf8').trim();
  const client = new pg.Client({
    host: '127.0.0.1',
    port: databasePort,
    user: 'gatehouse',
    password,
    database: 'gatehouse',
  });
  await client.connect();
  try {
    await client.query(`SET session_replication_role = replica; ${sql}`);
  } finally {
    await client.end();
  }
}
