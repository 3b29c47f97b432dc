import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { bundleType } from '#lib/audit/bundle.ts';
import { whyCheckpointDoesNotHold } from '#lib/audit/checkpoint.ts';
import { type AuditCursor, chainStart, stepAlong } from '#lib/audit/walk-chain.ts';
import type { PublicKeySet } from '#lib/kernel/crypto/json-web-token.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const headShape = z.strictObject({
  type: z.literal(bundleType),
  version: z.literal(1),
  tenant: z.uuid(),
  issuer: z.string(),
  jwksUri: z.string(),
  checkpointType: z.string(),
});
const lineShape = z.union([
  z.strictObject({ seq: z.number().int().positive(), hash, entry: z.string() }),
  z.strictObject({ checkpoint: z.string() }),
  z.strictObject({
    end: z.strictObject({ entries: z.number().int().positive() }),
    jwks: z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())).max(100) }),
  }),
]);

export type BundleVerdict = {
  ok: boolean;
  /** The first thing that does not fit, in plain words; `null` when the bundle holds. */
  problem: string | null;
  tenant: string | null;
  issuer: string | null;
  entries: number;
  checkpoints: number;
  head: string | null;
  /** True when the keys were given by the caller and not taken from the bundle itself. */
  keyWasPinned: boolean;
};

/**
 * Verifies an audit bundle with no database and no network: every entry follows and commits to the one before, every checkpoint is
 * signed and says what the chain says, and the last of them stands at the end. Reads line by line, whatever the size.
 * @param keys the issuer's keys from a source one trusts; without them the bundle's own are used, which shows that the file is whole,
 *   not who issued it
 */
export async function verifyBundle(file: string, keys: PublicKeySet | null): Promise<BundleVerdict> {
  const signed: { jws: string; at: AuditCursor }[] = [];
  let head: z.output<typeof headShape> | null = null;
  let at = chainStart;
  let own: PublicKeySet | null = null;
  let checkpoints = 0;
  const verdict = (problem: string | null): BundleVerdict => ({
    ok: problem === null,
    problem,
    tenant: head?.tenant ?? null,
    issuer: head?.issuer ?? null,
    entries: Number(at.seq),
    checkpoints,
    head: at.seq > 0n ? Buffer.from(at.hash).toString('hex') : null,
    keyWasPinned: keys !== null,
  });
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
  for await (const text of lines) {
    if (!head) {
      const read = headShape.safeParse(readJson(text));
      if (!read.success) return verdict('This file is no audit bundle of Gatehouse.');
      head = read.data;
      continue;
    }
    if (text === '') continue;
    if (own) return verdict('Something follows the end of the bundle.');
    const read = lineShape.safeParse(readJson(text));
    if (!read.success) return verdict(`What follows entry ${at.seq} is neither an entry nor a checkpoint.`);
    if ('entry' in read.data) {
      const { seq, entry } = read.data;
      const next = { seq: BigInt(seq), entry, hash: Buffer.from(read.data.hash, 'hex') };
      if (readJson(entry) === undefined) return verdict(`Entry ${seq} is no JSON.`);
      const step = stepAlong(at, next, head.tenant);
      if (typeof step === 'string') return verdict(`After entry ${at.seq}: ${step}`);
      at = step;
    } else if ('checkpoint' in read.data) signed.push({ jws: read.data.checkpoint, at });
    else {
      if (read.data.end.entries !== Number(at.seq))
        return verdict(`The end tells of ${read.data.end.entries} entries, and ${at.seq} are there.`);
      own = read.data.jwks as PublicKeySet;
    }
  }
  if (!head || !own) return verdict('The bundle ends before its end: the file was cut.');
  for (const { jws, at: place } of signed) {
    const wrong = await whyCheckpointDoesNotHold(jws, keys ?? own, { ...place, tenantId: head.tenant });
    if (wrong) return verdict(wrong);
    checkpoints += 1;
  }
  if (signed.at(-1)?.at.seq !== at.seq) return verdict('No checkpoint stands at the end, so a cut could not be seen.');
  return verdict(null);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
