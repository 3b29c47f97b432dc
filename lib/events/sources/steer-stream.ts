import { z } from 'zod';
import { type Receiver, readReceiver } from '#lib/events/sources/receivers.ts';
import { type TransmitterAccess, transmitterAccess } from '#lib/events/sources/transmitter-access.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { appendAudit } from '#lib/kernel/audit.ts';
import { requirePermission } from '#lib/kernel/command.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { readEnv } from '#lib/kernel/env.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { newSecret, sha256 } from '#lib/kernel/ids.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';
import { readConfiguration, streamClient } from '#lib/providers/ssf/stream-client.ts';

export const steerStreamInput = z.strictObject({
  id: z.uuid(),
  act: z.enum(['create', 'remove', 'status', 'pause', 'enable', 'verify']),
});
export type StreamAct = z.output<typeof steerStreamInput>['act'];

/**
 * Manages the stream at its transmitter: make it, remove it, pause and enable it, ask for its status or for a verification. What the
 * transmitter answered is kept with the receiver; a failure changes nothing here. @throws Refusal
 */
export async function steerStream(
  database: Database,
  actor: Actor,
  raw: unknown,
): Promise<{ status: string; detail: string }> {
  await requirePermission(database, actor, 'providers:manage', 'ssf_stream_steered');
  const parsed = steerStreamInput.safeParse(raw);
  if (!parsed.success) throw new Refusal('invalid_input', 'Some fields are not right. Nothing was changed.');
  const { id, act } = parsed.data;
  const { tenantId } = actor;
  const receiver = await database.inTenant(tenantId, (tx) => readReceiver(tx, tenantId, id));
  if (!receiver) throw new Refusal('not_found', 'There is no such stream.');
  const signal = AbortSignal.timeout(20_000);
  const access = transmitterAccess(receiver, receiver.issuer, signal);
  if (!access)
    throw new Refusal(
      'conflict',
      "This stream has no token for the transmitter's interface, so it is managed at the transmitter's side.",
    );
  try {
    const answer = await carryOut(database, receiver, access, act, signal);
    await database.inTenant(tenantId, (tx) =>
      appendAudit(tx, actor, {
        action: 'ssf_stream_steered',
        outcome: 'success',
        target: { type: 'ssf_receiver', id },
        detail: { act, ...answer },
      }),
    );
    return answer;
  } catch (error) {
    if (!(error instanceof ProviderCallFailed)) throw error;
    await database.inTenant(tenantId, (tx) =>
      appendAudit(tx, actor, {
        action: 'ssf_stream_steered',
        outcome: 'failure',
        target: { type: 'ssf_receiver', id },
        detail: { act },
      }),
    );
    throw new Refusal('unavailable', `The transmitter was asked, but: ${error.message}`, { cause: error });
  }
}

async function carryOut(
  database: Database,
  receiver: Receiver,
  access: TransmitterAccess,
  act: StreamAct,
  signal: AbortSignal,
): Promise<{ status: string; detail: string }> {
  const configuration = await readConfiguration(access.connection, receiver.issuer, signal);
  const client = streamClient(access, configuration, signal);
  const save = (data: Parameters<typeof update>[2]) => update(database, receiver, data);
  if (act === 'create') {
    const address = `${readEnv().GATEHOUSE_URL}/api/v1/ssf/receivers/${receiver.id}`;
    // A fresh header for each stream: the one before is only known as a hash.
    const authorization = receiver.delivery === 'push' ? `Bearer ${newSecret()}` : null;
    if (authorization) await save({ authorizationHash: new Uint8Array(sha256(authorization)) });
    const stream = await client.create({ method: receiver.delivery, address, authorization });
    if (stream.iss !== receiver.issuer) {
      // SSF 1.0 section 8.1.1.1: such a stream must not be used.
      await client.remove(stream.stream_id);
      throw new Refusal(
        'conflict',
        'The transmitter made a stream of another issuer than its own. It was removed there again and is not used.',
      );
    }
    const audience = [stream.aud].flat()[0] ?? receiver.audience;
    const pollUrl = receiver.delivery === 'poll' ? (stream.delivery.endpoint_url ?? receiver.pollUrl) : null;
    await save({
      streamId: stream.stream_id,
      audience,
      ...(pollUrl ? { pollUrl, nextPollAt: new Date(0) } : {}),
      criticalMembers: configuration.critical_subject_members,
      transmitterStatus: 'enabled',
    });
    return { status: 'enabled', detail: `The transmitter delivers ${stream.events_delivered.length} event types.` };
  }
  if (!receiver.streamId)
    throw new Refusal('conflict', 'No stream was made at the transmitter yet. Nothing was changed.');
  if (act === 'remove') {
    await client.remove(receiver.streamId);
    await save({ streamId: null, transmitterStatus: 'disabled' });
    return { status: 'disabled', detail: 'The transmitter removed the stream.' };
  }
  if (act === 'verify') {
    const state = newSecret();
    await save({ verificationHash: new Uint8Array(sha256(state)), verificationSentAt: new Date() });
    await client.verify(receiver.streamId, state);
    return { status: 'asked', detail: 'The transmitter was asked to send a verification event; it does so by itself.' };
  }
  const said =
    act === 'status'
      ? await client.readStatus(receiver.streamId)
      : await client.setStatus(receiver.streamId, act === 'pause' ? 'paused' : 'enabled', 'Asked for at the receiver.');
  await save({ transmitterStatus: said.status, transmitterReason: said.reason ?? null });
  return { status: said.status, detail: `The transmitter says the stream is ${said.status}.` };
}

async function update(
  database: Database,
  { tenantId, id }: Receiver,
  data: {
    streamId?: string | null;
    audience?: string;
    pollUrl?: string;
    nextPollAt?: Date;
    criticalMembers?: string[];
    transmitterStatus?: string;
    transmitterReason?: string | null;
    authorizationHash?: Uint8Array<ArrayBuffer>;
    verificationHash?: Uint8Array<ArrayBuffer>;
    verificationSentAt?: Date;
  },
): Promise<void> {
  await database.inTenant(tenantId, (tx) => tx.ssfReceiver.update({ where: { tenantId_id: { tenantId, id } }, data }));
}
