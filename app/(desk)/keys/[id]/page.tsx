import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { KeyPolicyForm } from '#app/(desk)/keys/[id]/key-policy-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { DependantsPanel } from '#components/keys/dependants-panel.tsx';
import { KeyCard, KeyStateBadge } from '#components/keys/key-card.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { issuerDetail } from '#lib/keys/issuer-overview.ts';
import { rotationsOfIssuer } from '#lib/keys/rotation-view.ts';
import { durationWords } from '#lib/model/duration.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { keyPolicyNames, overlapSecondsOf, rotationStateNames } from '#lib/model/signing-key.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Issuer' };

export default async function IssuerPage({ params }: PageProps<'/keys/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('keys:read', `/keys/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const { tenantId } = actor;
  const found = await readingAs(actor)
    .inTenant(tenantId, async (tx) => ({
      issuer: await issuerDetail(tx, tenantId, id),
      rotations: await rotationsOfIssuer(tx, tenantId, id),
    }))
    .catch((error: unknown) =>
      error instanceof Refusal && error.code === 'not_found' ? notFound() : Promise.reject(error),
    );
  const { issuer, rotations } = found;
  const { policy, rotation, proposed } = issuer;
  const mayPropose = actor.permissions.has('keys:propose');
  return (
    <>
      <PageHeader
        title={safeText(issuer.name)}
        counted={issuer.kind === 'own' ? 'our own issuer' : 'a provider’s issuer'}
      >
        {rotation ? (
          <Link href={`/keys/rotations/${rotation.id}`} className={buttonClass('primary')}>
            {rotation.state === 'halted' ? 'See why it halted' : 'See the rotation'}
          </Link>
        ) : null}
        {proposed ? (
          <Link href={`/proposals/${proposed.proposalId}`} className={buttonClass('secondary')}>
            {proposed.kind === 'kill' ? 'A kill waits for a signature' : 'A rotation waits for a signature'}
          </Link>
        ) : null}
        {mayPropose && issuer.current ? (
          <>
            {rotation || proposed ? null : (
              <Link href={`/keys/${issuer.id}/rotate`} className={buttonClass('primary')}>
                Rotate the key
              </Link>
            )}
            <Link href={`/keys/${issuer.id}/kill`} className={buttonClass('danger')}>
              Kill a key
            </Link>
          </>
        ) : null}
      </PageHeader>
      {issuer.problem ? (
        <p role="alert" className="mb-4 text-critical">
          {safeText(issuer.problem)}
        </p>
      ) : null}
      <div className="mb-6 grid gap-3 md:grid-cols-3">
        <KeyCard place="Next" shown={issuer.next} none="No key waits. A rotation makes one." />
        <KeyCard place="Current" shown={issuer.current} none="No key signs here, as far as is known." />
        <KeyCard place="Previous" shown={issuer.previous[0] ?? null} none="No old key is trusted any more." />
      </div>
      {issuer.spare.length > 0 ? (
        <p className="-mt-3 mb-6 text-quiet text-sm">
          {issuer.spare.length === 1 ? 'One more key waits' : `${issuer.spare.length} more keys wait`} at the provider,
          made but shown to nobody: {issuer.spare.map(({ kid }) => `${kid.slice(0, 12)}…`).join(', ')}. The next
          rotation uses {issuer.spare.length === 1 ? 'it' : 'one of them'}.
        </p>
      ) : null}
      <div className="grid gap-6 lg:grid-cols-2">
        <DependantsPanel
          dependants={issuer.dependants}
          of={issuer.previous[0] ? 'the previous key' : 'the current key'}
          hasNext={issuer.next !== null}
        />
        <div className="flex flex-col gap-6">
          <section>
            <h2 className="mb-2 font-semibold text-lg">Policy</h2>
            <Facts
              facts={[
                { label: 'Issuer', value: <Copyable text={issuer.issuer} what="issuer" /> },
                { label: 'Key set', value: <Copyable text={issuer.jwksUri} what="address of the key set" /> },
                { label: keyPolicyNames.periodSeconds, value: durationWords(policy.periodSeconds) },
                { label: keyPolicyNames.leadSeconds, value: durationWords(policy.leadSeconds) },
                {
                  label: 'Trusted after it signed',
                  value: `${durationWords(overlapSecondsOf(policy))}: token life ${durationWords(policy.tokenLifeSeconds)}, clocks ${durationWords(policy.skewSeconds)}, key set ${durationWords(policy.jwksMaxAgeSeconds)}`,
                },
                { label: keyPolicyNames.keepSeconds, value: durationWords(policy.keepSeconds) },
                { label: keyPolicyNames.jwksMaxAgeSeconds, value: durationWords(policy.jwksMaxAgeSeconds) },
                { label: keyPolicyNames.clientCacheSeconds, value: durationWords(policy.clientCacheSeconds) },
              ]}
            />
            {mayPropose && (rotation || proposed) ? (
              <p className="mt-2 text-quiet text-sm">The policy stands still while a rotation goes by it or waits.</p>
            ) : mayPropose ? (
              <KeyPolicyForm key={JSON.stringify(policy)} issuerId={issuer.id} policy={policy} />
            ) : null}
          </section>
          <section>
            <h2 className="mb-2 font-semibold text-lg">Rotations</h2>
            {rotations.length === 0 ? <p className="text-quiet">None yet. This is still the first key.</p> : null}
            <ul>
              {rotations.map(({ id: rotationId, kind, state, reason, createdAt }) => (
                <li key={rotationId} className="flex flex-wrap items-baseline gap-x-3 border-line border-b py-1.5">
                  <Link href={`/keys/rotations/${rotationId}`} className="text-accent underline">
                    {kind === 'kill' ? 'Kill' : 'Rotation'}
                  </Link>
                  <Badge tone={state === 'halted' ? 'critical' : state === 'done' ? 'good' : 'plain'}>
                    {rotationStateNames[state]}
                  </Badge>
                  <span className="min-w-0 grow break-words text-sm">{safeText(reason)}</span>
                  <span className="text-quiet text-sm">
                    <RelativeTime at={createdAt} />
                  </span>
                </li>
              ))}
            </ul>
          </section>
          <section>
            <h2 className="mb-2 font-semibold text-lg">Earlier keys</h2>
            {issuer.gone.length === 0 ? <p className="text-quiet">None yet.</p> : null}
            <ul>
              {issuer.gone.map((key) => (
                <li key={key.id} className="flex flex-wrap items-center gap-3 border-line border-b py-1.5 text-sm">
                  <Copyable text={key.kid} what="key id" shown={`${key.kid.slice(0, 12)}…`} />
                  <KeyStateBadge state={key.state} />
                  <span className="ml-auto text-quiet">
                    <RelativeTime at={key.since} />
                  </span>
                </li>
              ))}
            </ul>
          </section>
        </div>
      </div>
    </>
  );
}
