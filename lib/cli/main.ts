import { Command, CommanderError } from 'commander';
import { addBacktestCommand } from '#lib/cli/backtest.ts';
import { addCommands } from '#lib/cli/commands.ts';
import { addReceiptCommands } from '#lib/cli/receipt.ts';
import { closePools } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/** The `gatehouse` command line. Exit 0 on success, 1 on a failed check or refusal, 2 on wrong use. Answers on stdout, the rest on stderr. */
const program = new Command('gatehouse')
  .description('The desk for identity operations, from the command line')
  .exitOverride()
  .showHelpAfterError();
addCommands(program);
addReceiptCommands(program);
addBacktestCommand(program);

let code = 0;
try {
  await program.parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) code = error.exitCode === 0 ? 0 : 2;
  else {
    const wrongUse = error instanceof Refusal && error.code === 'invalid_input';
    const problems =
      error instanceof Refusal ? error.problems.map(({ path, message }) => `\n  ${path}: ${message}`).join('') : '';
    const see = error instanceof Refusal && error.see ? `\n  ${error.see.label}: ${error.see.path}` : '';
    process.stderr.write(`gatehouse: ${error instanceof Error ? error.message : String(error)}${problems}${see}\n`);
    code = wrongUse ? 2 : 1;
  }
}
await closePools();
process.exit(process.exitCode ?? code);
