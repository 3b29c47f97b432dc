import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { auditBundle } from '#lib/audit/bundle.ts';
import { verifyAudit } from '#lib/audit/verify-audit.ts';
import { type BundleVerdict, verifyBundle } from '#lib/audit/verify-bundle.ts';
import { type Common, declare, inTenant, print } from '#lib/cli/in-tenant.ts';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { Refusal } from '#lib/kernel/errors.ts';

/** `gatehouse audit verify [BUNDLE]` and `audit bundle FILE`. Exit 1 when anything does not fit; a bundle needs no database. */
export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the audit chain');
  declare(
    audit,
    'verify [bundle]',
    'walk the whole chain, or a bundle of it, and name the first entry that does not fit',
  )
    .option('--jwks <file>', 'for a bundle: the issuer’s key set from a source you trust')
    .action((bundle: string | undefined, options: Common & { jwks?: string }) =>
      bundle === undefined ? verifyHere(options) : verifyFile(bundle, options),
    );
  declare(audit, 'bundle <file>', 'write the chain and its signed checkpoints to a file for somebody outside').action(
    (file: string, options: Common) =>
      inTenant(options, async (actor) => {
        await pipeline(auditBundle(pool('cli'), actor), createWriteStream(file, { mode: 0o600 }));
        print(options, { file }, `wrote ${file}; check it anywhere with: gatehouse audit verify ${file}`);
      }),
  );
}

function verifyHere(options: Common): Promise<void> {
  return inTenant(options, async (actor) => {
    const verdict = await verifyAudit(pool('cli'), actor.tenantId);
    print(
      options,
      verdict,
      verdict.ok
        ? `entries: ${verdict.entries}, all fit; signed checkpoints: ${verdict.checkpoints}, all hold; head ${verdict.head}`
        : `entry ${verdict.firstBadSeq}: ${verdict.problem}`,
    );
    if (!verdict.ok) process.exitCode = 1;
  });
}

async function verifyFile(file: string, options: Common & { jwks?: string }): Promise<void> {
  for (const each of [file, options.jwks ?? file])
    if (!existsSync(each)) throw new Refusal('invalid_input', `There is no file ${each}.`);
  const keys = options.jwks ? (JSON.parse(readFileSync(options.jwks, 'utf8')) as PublicKeySet) : null;
  const verdict = await verifyBundle(file, keys);
  print(options, verdict, verdict.ok ? holds(verdict) : `the bundle does NOT hold: ${verdict.problem}`);
  if (!verdict.ok) process.exitCode = 1;
}

function holds(verdict: BundleVerdict): string {
  return [
    `the bundle holds: entries: ${verdict.entries}, signed checkpoints: ${verdict.checkpoints}, head ${verdict.head}`,
    `  issuer: ${verdict.issuer}`,
    verdict.keyWasPinned
      ? '  the keys are those you gave'
      : '  the keys came with the bundle: this shows that nothing was changed, not who issued it. Give --jwks to know that.',
  ].join('\n');
}
