import type { Actor } from '#lib/kernel/actor.ts';
import type { Tx } from '#lib/kernel/db/database.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { ProofKind } from '#lib/model/recovery.ts';
import type { RecoveryCapabilities } from '#lib/providers/definition.ts';

/** A case as a proof needs it. */
export type ProvedCase = {
  tenantId: string;
  id: string;
  number: string;
  personId: string;
  subject: string;
  personName: string;
};

/** What asking for a proof leaves: how it is told apart, until when it serves, and a secret to be checked or sent. */
export type AskedProof = {
  method: string;
  /** In words for the help desk: "m•••@halden.example". Never a secret. */
  about: string;
  minutes: number;
  askedOf: string | null;
  /** Kept as a hash. */
  secret: string | null;
  /** True when the secret has to reach the person: it is wrapped until it is sent. */
  isSent: boolean;
};

/** One way to prove who somebody is: one file, one line in the registry. */
export type ProofDefinition = {
  kind: ProofKind;
  name: string;
  /** What the help desk is told it is. */
  explanation: string;
  /** Wrong answers that are taken; then it has failed and has to be asked for anew. */
  triesMax: number;
  /** Why it cannot be asked for in this case, in plain words; `null` when it can. */
  unavailable(tx: Tx, around: { of: ProvedCase; provider: RecoveryCapabilities | null }): Promise<string | null>;
  /** Asks for it. `wanted` is what the help desk chose: an address, a manager. @throws Refusal */
  ask(tx: Tx, around: { of: ProvedCase; actor: Actor; wanted: string | null }): Promise<AskedProof>;
};

/** What was seen when a proof passed; kept with it. */
export type ProofEvidence = JsonObject;
