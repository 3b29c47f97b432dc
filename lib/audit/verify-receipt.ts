import { z } from 'zod';
import { canonicalText, type Payload, payloadDigest } from '#lib/approvals/payload.ts';
import { readReceipt } from '#lib/audit/read-receipt.ts';
import { type ReceiptStatement, receiptTyp } from '#lib/audit/receipt.ts';
import { whyApprovalDoesNotHold } from '#lib/audit/verify-approval.ts';
import { itemLine, linesDigest, type ReceiptItem, targetLine } from '#lib/execution/receipt-items.ts';
import { type PublicKeySet, TokenRefused, verifyToken } from '#lib/kernel/crypto/json-web-token.ts';
import { keySetOf } from '#lib/keys/own-issuer.ts';
import { type ItemState, itemMoves } from '#lib/model/operations.ts';

export type ReceiptVerdict = {
  ok: boolean;
  /** Everything that does not fit, in plain words; empty when the receipt holds. */
  problems: string[];
  run: { id: string; kind: string; state: string; cutoffAt: string; finishedAt: string } | null;
  items: Record<string, number>;
  signedBy: string[];
  issuer: string | null;
  kid: string | null;
  /** True when the key was given by the caller and not taken from the receipt itself. */
  keyWasPinned: boolean;
};

const problemsMax = 20;
const statementShape = z.looseObject({
  run: z.looseObject({
    id: z.string(),
    kind: z.string(),
    state: z.string(),
    cutoffAt: z.string(),
    finishedAt: z.string(),
  }),
  proposal: z.looseObject({
    id: z.string(),
    payload: z.string(),
    digest: z.string(),
    nonce: z.string(),
    approvals: z.array(z.looseObject({})),
  }),
  items: z.looseObject({
    count: z.number(),
    digest: z.string(),
    targetsDigest: z.string(),
    states: z.record(z.string(), z.number()),
  }),
});

/**
 * Verifies a receipt with no database and no network: our issuer's signature over the statement, the statement's digests over the
 * items in the file, the proposal's payload against its digest, the frozen targets against the payload, every person's passkey
 * signature against the digest, that enough distinct people signed, and that each item's ledger is one that can be.
 * @param keys the issuer's keys from a source one trusts; without them the receipt's own key is used, which shows that the file is
 *   whole, not who issued it
 */
export async function verifyReceipt(file: string, keys: PublicKeySet | null): Promise<ReceiptVerdict> {
  const problems: string[] = [];
  const fail = (problem: string) => {
    if (problems.length < problemsMax) problems.push(problem);
  };
  const targets = linesDigest('gatehouse-targets-v1');
  const ledger = linesDigest('gatehouse-items-v1');
  const states: Record<string, number> = {};
  let count = 0;
  const tail = await readReceipt(file, (item) => {
    count += 1;
    if (item.position !== count) fail(`item ${count} is missing or out of order`);
    targets.add(targetLine(item));
    ledger.add(itemLine(item));
    states[item.state] = (states[item.state] ?? 0) + 1;
    const wrong = whyLedgerCannotBe(item);
    if (wrong) fail(`item ${item.position}: ${wrong}`);
  });
  const { signed } = tail;
  const verdict = {
    items: states,
    signedBy: [] as string[],
    issuer: signed.issuer,
    kid: signed.kid,
    keyWasPinned: keys !== null,
  };
  const claims = await claimsOf(signed, keys ?? (tail.jwks as PublicKeySet), fail);
  if (!claims) return { ok: false, problems, run: null, ...verdict };
  const { run, proposal, items } = claims;
  if (items.count !== count) fail(`the receipt tells of ${items.count} items and holds ${count}`);
  if (items.digest !== ledger.hex()) fail('the items or their ledgers are not those that were signed');
  const targetsNow = targets.hex();
  if (items.targetsDigest !== targetsNow) fail('the targets are not those that were signed');
  if (canonicalText(items.states) !== canonicalText(states)) fail('the counts by state are not those of the items');
  const payload = readPayload(proposal.payload);
  if (payloadDigest(proposal.payload).toString('hex') !== proposal.digest)
    fail('the proposal’s payload is not what its digest says');
  if (!payload) fail('the proposal’s payload cannot be read');
  else {
    if (payload.id !== proposal.id || payload.kind !== run.kind) fail('the payload is of another proposal');
    if (payload.targets.digest !== targetsNow || payload.targets.count !== count)
      fail('what ran is not what was proposed: the frozen targets differ');
    verdict.signedBy.push(...(await signersOf(proposal, payload, fail)));
  }
  return { ok: problems.length === 0, problems, run, ...verdict };
}

async function claimsOf(
  signed: { issuer: string; jwksUri: string; kid: string; jws: string },
  keys: PublicKeySet,
  fail: (problem: string) => void,
): Promise<ReceiptStatement | null> {
  try {
    const { claims, kid } = await verifyToken(signed.jws, keys, {
      issuer: signed.issuer,
      audience: null,
      typ: receiptTyp,
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      expiry: 'forbidden',
      ageSecondsMax: null,
      skewSeconds: 120,
      bytesMax: 4 * 1024 * 1024,
      at: new Date(),
    });
    // What stands beside the signature says where to ask and for which key: it has to be what the signature itself says.
    if (signed.kid !== kid) fail('the key it names is not the one that signed it');
    if (signed.jwksUri !== keySetOf(signed.issuer)) fail('the key set it points to is not the issuer’s');
    return statementShape.parse(claims) as unknown as ReceiptStatement;
  } catch (error) {
    fail(
      error instanceof TokenRefused
        ? `the issuer’s signature: ${error.message}`
        : 'the signed statement cannot be read',
    );
    return null;
  }
}

/** The people whose signatures hold; fewer than the policy asks for, or the proposer among the approvers, is a problem. */
async function signersOf(
  proposal: ReceiptStatement['proposal'],
  payload: Payload,
  fail: (problem: string) => void,
): Promise<string[]> {
  const people = new Set<string>();
  const names: string[] = [];
  for (const approval of proposal.approvals) {
    const wrong = await whyApprovalDoesNotHold(approval, { kind: payload.kind, ...proposal });
    if (wrong) {
      fail(wrong);
      continue;
    }
    names.push(`${approval.label} (${approval.part === 'propose' ? 'proposed' : 'approved'})`);
    if (approval.part !== 'approve') continue;
    if (approval.person === payload.proposer.person || approval.operator === payload.proposer.id)
      fail(`${approval.label} approved their own proposal`);
    else people.add(approval.person);
  }
  const needed = payload.policy.approvalsNeeded;
  if (people.size < needed) fail(`the policy asks for ${needed} approval(s), and ${people.size} hold`);
  return names;
}

/** A ledger that begins at planned, moves along the state machine, and ends where the item says. */
function whyLedgerCannotBe(item: ReceiptItem): string | null {
  let at: ItemState = 'planned';
  for (const [index, [seq, , state]] of item.steps.entries()) {
    if (seq !== index + 1) return 'a step of its ledger is missing';
    if (state !== at && !itemMoves[at].includes(state)) return `its ledger goes from ${at} to ${state}`;
    at = state;
  }
  if (at !== item.state) return `it says ${item.state}, and its ledger ends at ${at}`;
  const said = item.steps.map(([, , state]) => state);
  return item.state === 'verified' && !(said.includes('sending') && said.includes('confirmed'))
    ? 'it says verified without having been asked for and confirmed'
    : null;
}

function readPayload(text: string): Payload | null {
  try {
    const payload = JSON.parse(text) as Payload;
    return payload.version === 2 && canonicalText(payload) === text ? payload : null;
  } catch {
    return null;
  }
}
