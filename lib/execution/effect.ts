import type { ClaimedItem } from '#lib/execution/item-ledger.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import type { ProposalKind } from '#lib/model/operations.ts';

/** What the other side said to being asked. `gone`: there was nothing left to do, which counts as done once looked at. */
export type SendAnswer = { outcome: 'accepted' | 'gone'; status: number; detail: string };

/** A lane opened for a while: how the items of one provider (or of ourselves) are carried out. Every call is safe to repeat. */
export type OpenLane = {
  /** Calls at once, and calls a second (`null`: no limit), that this provider is asked at most. */
  limits: { concurrency: number; perSecond: number | null };
  /** Asks for the effect. @throws ProviderCallFailed */
  send(item: ClaimedItem, signal: AbortSignal): Promise<SendAnswer>;
  /** Looks whether the effect holds, without asking for it. @throws ProviderCallFailed */
  holds(item: ClaimedItem, signal: AbortSignal): Promise<boolean>;
};

/** How the items of one kind are carried out, and what is recorded once they are proved. */
export type Effect = {
  /** Opens a lane; `cannot` says in plain words why nothing can be asked there, and the items fail with it, loudly. */
  open(tx: Tx, tenantId: string, lane: string): Promise<OpenLane | { cannot: string }>;
  /** Called once for all items that are proved in a transaction, in that transaction. */
  onVerified(tx: Tx, tenantId: string, items: readonly ClaimedItem[]): Promise<void>;
  /** Called in the transaction that ends the run. */
  onFinished?(tx: Tx, tenantId: string, run: { id: string; proposalId: string; state: string }): Promise<void>;
  /** What the ledger and the audit call it. */
  words: { asking: string; stillThere: string; proved: string; verifiedAction: string; failedAction: string };
};

/** One effect a kind: a kind without one does not compile. */
export type Effects = Readonly<Record<ProposalKind, Effect>>;
