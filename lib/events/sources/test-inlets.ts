import { clientFor, type Receiver } from '#lib/events/sources/receivers.ts';
import { transmitterAccess } from '#lib/events/sources/transmitter-access.ts';
import { now } from '#lib/kernel/clock.ts';
import type { Database } from '#lib/kernel/db/database.ts';
import { OutboundCallFailed } from '#lib/kernel/http/outbound-call-failed.ts';
import { durationWords } from '#lib/model/duration.ts';
import { ProviderCallFailed } from '#lib/providers/definition.ts';
import { readConfiguration, streamClient } from '#lib/providers/ssf/stream-client.ts';
import { TransmitterKeys } from '#lib/providers/ssf/transmitter-keys.ts';

/** What was tried and how it went, in the order it was tried. */
export type TestStep = { what: string; ok: boolean; detail: string };

/** One step; a provider that fails the call is the answer, not an error. */
export async function tried(what: string, work: () => Promise<{ ok: boolean; detail: string }>): Promise<TestStep> {
  try {
    return { what, ...(await work()) };
  } catch (error) {
    if (error instanceof ProviderCallFailed || error instanceof OutboundCallFailed)
      return { what, ok: false, detail: error.message };
    throw error;
  }
}

const ago = (at: Date) => `${durationWords(Math.max(0, (now().getTime() - at.getTime()) / 1000))} ago`;

/**
 * The doors through which a provider's records are sent here: tokens that may, and its hooks. A door that nobody opened is a fault
 * only where the records have no other way in; `isConnected`: they are fetched, or could be.
 */
export async function testDoors(
  database: Database,
  provider: { tenantId: string; id: string; slug: string },
  isConnected: boolean,
): Promise<TestStep[]> {
  const { tenantId, id: providerId, slug } = provider;
  return database.inTenant(tenantId, async (tx) => {
    const hooks = await tx.providerHook.findMany({
      where: { tenantId, providerId, revokedAt: null },
      orderBy: { createdAt: 'asc' },
      take: 20,
    });
    const [tokens] = await tx.$queryRaw<{ able: number; used: Date | null }[]>`
      SELECT count(*)::int AS able, max(last_used_at) AS used FROM service_tokens
      WHERE tenant_id = ${tenantId}::uuid AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
        AND 'events:write' = ANY(scopes) AND (provider IS NULL OR provider = ${slug})`;
    const { able, used } = tokens ?? { able: 0, used: null };
    const push: TestStep = {
      what: 'Push',
      ok: able > 0,
      detail:
        able === 0
          ? 'No token may send its records. Make one with the scope events:write.'
          : `${able === 1 ? 'One token may' : `${able.toLocaleString('en-US')} tokens may`} send its records; ${used ? `last used ${ago(used)}.` : 'none was used yet.'}`,
    };
    const ofHooks = hooks.map((hook, at): TestStep => {
      const needsProof = hook.kind === 'okta-event-hook' && !hook.verifiedAt;
      return {
        what: hooks.length > 1 ? `Hook ${at + 1}` : 'Hook',
        ok: !needsProof,
        detail: needsProof
          ? 'The provider has not verified this address yet. Start the verification there.'
          : hook.lastReceivedAt
            ? `Last delivery ${ago(hook.lastReceivedAt)}.`
            : 'Open, but nothing was delivered yet.',
      };
    });
    const hasOtherWay = isConnected || ofHooks.some(({ ok }) => ok);
    return hasOtherWay && !push.ok ? ofHooks : [push, ...ofHooks];
  });
}

/** A Shared Signals stream: the keys that prove its tokens, its transmitter's description, the stream's state there. */
export async function testStream(database: Database, receiver: Receiver, signal: AbortSignal): Promise<TestStep[]> {
  const { tenantId, id } = receiver;
  const access = transmitterAccess(receiver, receiver.issuer, signal);
  const steps: TestStep[] = [
    await tried('Signing keys', async () => {
      // A cache of its own: what was fetched some minutes ago says nothing of now.
      const { keys } = receiver.jwks ?? (await freshKeys(receiver));
      return {
        ok: keys.length > 0,
        detail: `${keys.length} ${keys.length === 1 ? 'key' : 'keys'} ${receiver.jwks ? 'given by hand' : 'fetched'}.`,
      };
    }),
  ];
  if (access)
    steps.push(
      await tried('Stream at the transmitter', async () => {
        const configuration = await readConfiguration(access.connection, receiver.issuer, signal);
        if (!receiver.streamId)
          return { ok: false, detail: 'The transmitter answers, but no stream was made there yet.' };
        const { status, reason } = await streamClient(access, configuration, signal).readStatus(receiver.streamId);
        return {
          ok: status === 'enabled',
          detail: `The transmitter says it is ${status}${reason ? `: ${reason}` : ''}.`,
        };
      }),
    );
  const row = await database.inTenant(tenantId, (tx) =>
    tx.ssfReceiver.findUnique({
      where: { tenantId_id: { tenantId, id } },
      select: { verifiedAt: true, lastReceivedAt: true, enabled: true },
    }),
  );
  steps.push({
    what: receiver.delivery === 'poll' ? 'Polling' : 'Deliveries',
    ok: row?.enabled === true && (row.verifiedAt ?? row.lastReceivedAt) !== null,
    detail: !row?.enabled
      ? 'The stream is closed here; nothing is taken in.'
      : row.lastReceivedAt
        ? `Last token ${ago(row.lastReceivedAt)}${row.verifiedAt ? `, verified ${ago(row.verifiedAt)}` : ''}.`
        : 'No token has come yet. Ask the transmitter for a verification event.',
  });
  return steps;
}

async function freshKeys(receiver: Receiver) {
  return new TransmitterKeys(() => now().getTime()).find(clientFor(receiver), receiver.jwksUri ?? '', null);
}
