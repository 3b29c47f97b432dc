import { readRun } from '#lib/execution/read-run.ts';
import { itemLine, linesDigest, receiptItems, targetLine } from '#lib/execution/receipt-items.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { ownIssuerAddress } from '#lib/keys/own-issuer.ts';
import { signJws } from '#lib/keys/sign-jws.ts';
import type { JsonObject } from '#lib/model/event.ts';

/** One signature under the proposal, as a receipt carries it: base64url but for the ids and the names. */
export type ReceiptApproval = {
  part: string;
  person: string;
  operator: string;
  label: string;
  permission: string;
  at: string;
  relyingParty: string;
  origin: string;
  credentialId: string;
  publicKey: string;
  challenge: string;
  clientData: string;
  authenticatorData: string;
  signature: string;
};

/** What the issuer's signature covers. Digests stand for the items, which follow in the file. */
export type ReceiptStatement = {
  sub: string;
  run: { id: string; kind: string; state: string; cutoffAt: string; startedAt: string | null; finishedAt: string };
  proposal: { id: string; payload: string; digest: string; nonce: string; approvals: ReceiptApproval[] };
  items: { count: number; digest: string; targetsDigest: string; states: Record<string, number> };
};

export const receiptTyp = 'gatehouse-receipt+jwt';

/**
 * The receipt of a run that has ended, as the pieces of one JSON document: every item with its ledger, then the statement signed by
 * our own issuer. Read once, in pages, whatever the size. Its issuing is audited.
 * @throws Refusal `not_found`, `conflict` while the run goes on
 */
export async function* issueReceipt(
  database: Database,
  actor: Actor,
  runId: string,
): AsyncGenerator<string, void, undefined> {
  const { tenantId } = actor;
  const run = await database.inTenant(tenantId, (tx) => readRun(tx, actor, runId));
  const { finishedAt } = run;
  if (!finishedAt) throw new Refusal('conflict', 'The run has not ended yet; its receipt is issued when it has.');
  yield `{"type":"gatehouse-receipt","version":1,"items":[`;
  const targets = linesDigest('gatehouse-targets-v1');
  const items = linesDigest('gatehouse-items-v1');
  const states: Record<string, number> = {};
  let count = 0;
  let piece = '';
  for await (const item of receiptItems(database, tenantId, runId)) {
    targets.add(targetLine(item));
    items.add(itemLine(item));
    states[item.state] = (states[item.state] ?? 0) + 1;
    piece += `${count === 0 ? '' : ','}\n${oneLine(item)}`;
    count += 1;
    if (piece.length > 200_000) {
      yield piece;
      piece = '';
    }
  }
  yield `${piece}\n],`;
  yield await database.inTenant(tenantId, async (tx) => {
    const proposal = await tx.proposal.findUniqueOrThrow({ where: { tenantId_id: { tenantId, id: run.proposalId } } });
    const approvals = await tx.approval.findMany({
      where: { tenantId, proposalId: run.proposalId },
      orderBy: { at: 'asc' },
    });
    const tenant = await tx.tenant.findUniqueOrThrow({ where: { id: tenantId } });
    const statement: ReceiptStatement = {
      sub: `urn:gatehouse:run:${runId}`,
      run: {
        id: runId,
        kind: run.kind,
        state: run.state,
        cutoffAt: run.cutoffAt,
        startedAt: run.startedAt,
        finishedAt,
      },
      proposal: {
        id: run.proposalId,
        payload: proposal.payload ?? '',
        digest: hex(proposal.payloadDigest),
        nonce: hex(proposal.nonce),
        approvals: approvals.map((approval) => ({
          part: approval.part,
          person: approval.person,
          operator: approval.operatorId,
          label: approval.operatorLabel,
          permission: approval.permission,
          at: approval.at.toISOString(),
          relyingParty: approval.relyingParty,
          origin: approval.origin,
          credentialId: base64url(approval.credentialId),
          publicKey: base64url(approval.publicKey),
          challenge: base64url(approval.challenge),
          clientData: base64url(approval.clientData),
          authenticatorData: base64url(approval.authenticatorData),
          signature: base64url(approval.signature),
        })),
      },
      items: { count, digest: items.hex(), targetsDigest: targets.hex(), states },
    };
    const { jws, kid, issuer } = await signJws(tx, {
      tenantId,
      typ: receiptTyp,
      payload: statement as unknown as JsonObject,
    });
    const key = await tx.signingKey.findFirstOrThrow({ where: { tenantId, kid } });
    await appendAudit(tx, actor, {
      action: 'receipt_issued',
      outcome: 'success',
      target: { type: 'run', id: runId },
      detail: { kid, items: count },
    });
    const { jwksUri } = ownIssuerAddress(tenant.slug);
    return `"signed":${JSON.stringify({ issuer, jwksUri, kid, jws })},"jwks":${JSON.stringify({ keys: [key.publicJwk] })}}\n`;
  });
}

function hex(bytes: Uint8Array | null): string {
  return bytes ? Buffer.from(bytes).toString('hex') : '';
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** JSON on one line for every reader: some take U+2028 and U+2029 for the end of a line, so they are written as escapes. */
function oneLine(value: unknown): string {
  return JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}
