import type { Command } from 'commander';
import { withDatabase } from '#lib/cli/supervisor/database.ts';
import { type Actor, systemActor } from '#lib/kernel/actor.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { type Permission, permissions } from '#lib/model/permissions.ts';

/** Options every command of a tenant takes. */
export type Common = { json?: boolean; tenant: string };

/** Declares a command with the options they all take. */
export function declare(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .option('--json', 'print one JSON object on stdout')
    .option('--tenant <slug>', 'the tenant', 'main');
}

/** Runs a command's work with the database at hand, as the system acting in the named tenant. */
export async function inTenant(
  options: Common,
  work: (actor: Actor, env: ReturnType<typeof readEnv>) => Promise<void>,
): Promise<void> {
  const env = readEnv();
  await withDatabase(env, async () => {
    const tenant = await pool('cli').outsideTenants((tx) => tx.tenant.findUnique({ where: { slug: options.tenant } }));
    if (!tenant) throw new Refusal('invalid_input', `There is no tenant ${options.tenant}.`);
    await work(systemActor(tenant.id, 'command line', permissions as readonly Permission[] as Permission[]), env);
  });
}

/** Words separated by commas. */
export function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The answer on stdout: the object for machines, the words for people. */
export function print(options: { json?: boolean }, value: unknown, words: string): void {
  process.stdout.write(`${options.json ? JSON.stringify(value) : words}\n`);
}
