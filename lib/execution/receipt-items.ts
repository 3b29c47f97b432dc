import { createHash, type Hash } from 'node:crypto';
import type { Database } from '#lib/kernel/db/database.ts';
import type { ItemState } from '#lib/model/operations.ts';

/** One item of a receipt: its frozen target, how it ended, and its whole ledger. A step is `[seq, at, state, attempt, detail]`. */
export type ReceiptItem = {
  position: number;
  type: string;
  id: string;
  person: string | null;
  provider: string | null;
  reference: string;
  label: string;
  detail: string | null;
  state: ItemState;
  steps: [seq: number, at: string, state: ItemState, attempt: number, detail: string][];
};

const pageMax = 2_000;

/** The items of a run in their order, read in pages, so that a million of them need no more memory than two thousand. */
export async function* receiptItems(
  database: Database,
  tenantId: string,
  runId: string,
): AsyncGenerator<ReceiptItem, void, undefined> {
  for (let after = 0; ; ) {
    const rows = await database.inTenant(
      tenantId,
      (tx) => tx.$queryRaw<ReceiptItem[]>`
        SELECT i.position, t.target_type AS type, t.target_id::text AS id, t.person_id::text AS person, t.provider_id::text AS provider, t.reference, t.label,
          t.detail, i.state, COALESCE((SELECT json_agg(json_build_array(s.seq, to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), s.state, s.attempt, s.detail) ORDER BY s.seq)
            FROM run_item_steps s WHERE s.tenant_id = i.tenant_id AND s.run_id = i.run_id AND s.position = i.position), '[]') AS steps
        FROM run_items i JOIN runs r ON r.tenant_id = i.tenant_id AND r.id = i.run_id
        JOIN proposal_targets t ON t.tenant_id = r.tenant_id AND t.proposal_id = r.proposal_id AND t.position = i.position
        WHERE i.tenant_id = ${tenantId}::uuid AND i.run_id = ${runId}::uuid AND i.position > ${after}::int ORDER BY i.position LIMIT ${pageMax}`,
    );
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < pageMax) return;
    after = last.position;
  }
}

/** A frozen target as the line its digest is made of: byte for byte what `gatehouse_target_line` makes in the database. */
export function targetLine(item: Omit<ReceiptItem, 'state' | 'steps'>): string {
  const detail = item.detail === null ? '-' : JSON.stringify(item.detail);
  return `${item.position} ${item.type} ${item.id} ${item.person ?? '-'} ${item.provider ?? '-'} ${JSON.stringify(item.reference)} ${JSON.stringify(item.label)} ${detail}\n`;
}

/** An item with its ledger as one line, for the digest of a receipt's items. */
export function itemLine(item: ReceiptItem): string {
  return `${JSON.stringify([item.position, item.state, item.steps])}\n`;
}

const linesAPart = 10_000;

/** The digest of lines in parts of 10,000: SHA-256 over the tag and the SHA-256 of each part. */
export function linesDigest(tag: string) {
  const whole = createHash('sha256').update(`${tag}\n`);
  let part: Hash | null = null;
  let lines = 0;
  return {
    add(line: string) {
      part ??= createHash('sha256');
      part.update(line);
      lines += 1;
      if (lines % linesAPart === 0) {
        whole.update(part.digest());
        part = null;
      }
    },
    hex(): string {
      if (part) whole.update(part.digest());
      part = null;
      return whole.digest('hex');
    },
  };
}
