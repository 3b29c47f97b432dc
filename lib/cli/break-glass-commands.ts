import type { Command } from 'commander';
import { type Common, declare, inTenant, print } from '#lib/cli/in-tenant.ts';
import { execute } from '#lib/kernel/command.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { type BreakGlass, readBreakGlass, sealBreakGlass } from '#lib/staff/break-glass.ts';

/** `gatehouse break-glass …`: for the day nobody can open the page that does the same. */
export function addBreakGlassCommands(program: Command): void {
  const breakGlass = program
    .command('break-glass')
    .description('the sealed account for when no administrator can sign in');
  declare(breakGlass, 'status', 'sealed, open or used, and who holds what; 1 when it is not sealed').action(
    (options: Common) =>
      inTenant(options, async (actor) => {
        const account = await pool('cli').inTenant(actor.tenantId, (tx) => readBreakGlass(tx, actor.tenantId));
        print(options, account, wordsOf(account));
        if (account.state !== 'sealed') process.exitCode = 1;
      }),
  );
  declare(breakGlass, 'seal', 'seal the account, or seal it anew; prints both halves once')
    .requiredOption('--first <name>', 'who holds the first half')
    .requiredOption('--second <name>', 'who holds the second half')
    .action((options: Common & { first: string; second: string }) =>
      inTenant(options, async (actor) => {
        const input = { firstHolder: options.first, secondHolder: options.second };
        const { halves, holders } = await execute(pool('cli'), sealBreakGlass, actor, input);
        print(options, { holders, halves }, holders.map((holder, at) => `${holder}: ${halves[at]}`).join('\n'));
      }),
    );
  declare(breakGlass, 'open', 'print the address where the halves or a hardware key open the account').action(
    (options: Common) =>
      inTenant(options, async (_actor, env) => {
        const link = `${env.GATEHOUSE_URL}/sign-in/break-glass?tenant=${encodeURIComponent(options.tenant)}`;
        print(options, { link }, link);
      }),
  );
}

function wordsOf({ state, holders, keys, sealedAt, sealedBy, openedUntil, openedWith, reason }: BreakGlass): string {
  if (state === 'none') return 'there is no break-glass account; seal one: gatehouse break-glass seal';
  const waiting = keys.filter(({ admittedBy }) => !admittedBy).length;
  return [
    state === 'used' ? 'used and not sealed anew' : state,
    `sealed ${sealedAt} by ${sealedBy}; halves held by ${holders.join(' and ')}`,
    `hardware keys: ${keys.length - waiting} admitted, ${waiting} waiting for a second person`,
    ...(openedUntil ? [`opened until ${openedUntil} with ${openedWith}: ${reason}`] : []),
  ].join('\n');
}
