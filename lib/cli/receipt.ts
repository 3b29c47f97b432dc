import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { verifyReceipt } from '#lib/audit/verify-receipt.ts';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/** `gatehouse receipt verify FILE`: needs no database and no network. Exit 1 when anything does not fit. */
export function addReceiptCommands(program: Command): void {
  program
    .command('receipt')
    .description('receipts of runs')
    .command('verify <file>')
    .description('check a receipt: issuer, people’s signatures, targets, every ledger; needs no database')
    .option('--jwks <file>', 'the issuer’s key set from a source you trust (its /.well-known/jwks.json, kept)')
    .option('--json', 'print one JSON object on stdout')
    .action(async (file: string, options: { jwks?: string; json?: boolean }) => {
      for (const each of [file, options.jwks ?? file])
        if (!existsSync(each)) throw new Refusal('invalid_input', `There is no file ${each}.`);
      const keys = options.jwks ? (JSON.parse(readFileSync(options.jwks, 'utf8')) as PublicKeySet) : null;
      const verdict = await verifyReceipt(file, keys);
      const words = verdict.ok
        ? [
            `the receipt holds: run ${verdict.run?.id} (${verdict.run?.kind}), ${verdict.run?.state}`,
            `  items: ${Object.entries(verdict.items)
              .map(([state, count]) => `${state} ${count}`)
              .join(', ')}`,
            `  signed by: ${verdict.signedBy.join(', ') || 'nobody but the proposer’s step-up'}`,
            `  issuer: ${verdict.issuer}, key ${verdict.kid}`,
            verdict.keyWasPinned
              ? '  the key is one you gave'
              : '  the key came with the receipt: this shows that nothing was changed, not who issued it. Give --jwks to know that.',
          ]
        : ['the receipt does NOT hold:', ...verdict.problems.map((problem) => `  ${problem}`)];
      process.stdout.write(`${options.json ? JSON.stringify(verdict) : words.join('\n')}\n`);
      if (!verdict.ok) process.exitCode = 1;
    });
}
