import { pool } from '#lib/kernel/db/pools.ts';
import type { Env } from '#lib/kernel/env.ts';
import { ensureFirstAdministratorLink } from '#lib/staff/invite.ts';

/** Prints where the desk is and, while no administrator exists, the one-time link that makes the first one. */
export async function welcome(input: { env: Env; seconds: number; more: string[] }): Promise<void> {
  const link = await ensureFirstAdministratorLink(pool('cli'), input.env.GATEHOUSE_URL);
  const lines = [
    '',
    `  Gatehouse is ready after ${input.seconds.toFixed(1)} s at ${input.env.GATEHOUSE_URL}`,
    ...(link
      ? ['', '  No administrator exists yet. Open this link within the hour, once, to become the first:', `  ${link}`]
      : []),
    ...(input.more.length > 0 ? ['', ...input.more.map((line) => `  ${line}`)] : []),
    '',
    '  Stop with Ctrl-C.',
    '',
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
