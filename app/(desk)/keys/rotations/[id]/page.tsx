import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { RotationActs } from '#app/(desk)/keys/rotations/[id]/rotation-acts.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Watch } from '#components/desk/watch.tsx';
import { Timetable } from '#components/keys/timetable.tsx';
import { Badge, type Tone } from '#components/ui/badge.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { exactTime } from '#components/ui/exact-time.ts';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { rotationView } from '#lib/keys/rotation-view.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { type RotationState, rotationStateNames } from '#lib/model/signing-key.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Rotation' };
const tones: Record<RotationState, Tone> = { running: 'accent', halted: 'critical', done: 'good', abandoned: 'plain' };

export default async function RotationPage({ params }: PageProps<'/keys/rotations/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('keys:read', `/keys/rotations/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const rotation = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => rotationView(tx, actor.tenantId, id))
    .catch((error: unknown) =>
      error instanceof Refusal && error.code === 'not_found' ? notFound() : Promise.reject(error),
    );
  const isOpen = rotation.state === 'running' || rotation.state === 'halted';
  return (
    <>
      <PageHeader
        title={rotation.kind === 'kill' ? 'Kill of a key' : 'Key rotation'}
        counted={<Badge tone={tones[rotation.state]}>{rotationStateNames[rotation.state]}</Badge>}
      />
      {rotation.haltReason ? (
        <div role="alert" className="mb-4 rounded-md border border-critical p-3">
          <p className="font-medium">It halted, and nothing further happens by itself.</p>
          <p>{safeText(rotation.haltReason)}</p>
          <p className="mt-1 text-quiet text-sm">
            The key that signed before still signs, and everything that was issued still verifies. Mend the cause, then
            resume: the same check is made again.
          </p>
        </div>
      ) : null}
      <div className="grid gap-6 lg:grid-cols-2">
        <section>
          <h2 className="mb-1 font-semibold text-lg">Timetable</h2>
          <Timetable lines={rotation.timetable} />
          {actor.permissions.has('keys:propose') && isOpen ? (
            <RotationActs id={rotation.id} isHalted={rotation.state === 'halted'} canAbandon={rotation.canAbandon} />
          ) : null}
        </section>
        <section>
          <h2 className="mb-2 font-semibold text-lg">About it</h2>
          <Facts
            facts={[
              {
                label: 'Issuer',
                value: (
                  <Link className="text-accent underline" href={`/keys/${rotation.issuer.id}`}>
                    {safeText(rotation.issuer.name)}
                  </Link>
                ),
              },
              { label: 'Reason', value: safeText(rotation.reason) },
              { label: 'Old key', value: rotation.oldKid ? <Copyable text={rotation.oldKid} what="key id" /> : null },
              {
                label: 'New key',
                value: rotation.newKid ? <Copyable text={rotation.newKid} what="key id" /> : 'not made yet',
              },
              { label: 'Started', value: <RelativeTime at={rotation.createdAt} /> },
              {
                label: 'Signed by',
                value: (
                  <Link className="text-accent underline" href={`/proposals/${rotation.proposalId}`}>
                    the people on its proposal
                  </Link>
                ),
              },
            ]}
          />
        </section>
      </div>
      {isOpen ? (
        <Watch
          url={`/api/v1/keys/rotations/${id}`}
          shown={{ state: rotation.state, timetable: rotation.timetable, ledger: rotation.ledger }}
          everySeconds={3}
        />
      ) : null}
      <section className="mt-6">
        <h2 className="mb-2 font-semibold text-lg">Ledger</h2>
        <div className="list-frame">
          <table className="list">
            <caption className="sr-only">Every step, check and halt of this rotation, oldest first</caption>
            <thead>
              <tr>
                {['When', 'Step', 'State', 'What'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rotation.ledger.map(({ seq, at, step, state, detail }) => (
                <tr key={seq}>
                  <td data-label="When" className="whitespace-nowrap font-mono text-xs">
                    {exactTime(at)}
                  </td>
                  <td data-label="Step">{step}</td>
                  <td data-label="State">{state}</td>
                  <td data-label="What">{safeText(detail)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}
