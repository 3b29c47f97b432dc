import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { ProposeForm } from '#app/(desk)/keys/[id]/propose-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { DependantsPanel } from '#components/keys/dependants-panel.tsx';
import { Timetable } from '#components/keys/timetable.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { previewRotation } from '#lib/keys/propose-rotation.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Rotate a key' };

export default async function RotatePage({ params }: PageProps<'/keys/[id]/rotate'>) {
  const { id } = await params;
  const { actor } = await requireOperator('keys:propose', `/keys/${id}/rotate`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const preview = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => previewRotation(tx, actor.tenantId, { issuerId: id, kind: 'rotate' }))
    .catch((error: unknown) => (error instanceof Refusal ? error : Promise.reject(error)));
  if (preview instanceof Refusal) {
    if (preview.code === 'not_found') notFound();
    return (
      <>
        <PageHeader title="Rotate a key" />
        <p role="alert">{preview.message}</p>
      </>
    );
  }
  const { issuer, key, plan, dependants } = preview;
  return (
    <>
      <PageHeader
        title={`Rotate the key of ${safeText(issuer.name)}`}
        counted="Nothing happens until two people have signed"
      />
      <p className="mb-4">
        The key that signs now: <Copyable text={key.kid} what="key id" />
      </p>
      <div className="mb-6 grid gap-6 lg:grid-cols-2">
        <section>
          <h2 className="mb-1 font-semibold text-lg">What will happen</h2>
          <Timetable
            lines={[
              { step: 'publish', state: 'waiting', at: null, afterSeconds: 0 },
              { step: 'activate', state: 'waiting', at: null, afterSeconds: plan.activateAfter },
              { step: 'retire', state: 'waiting', at: null, afterSeconds: plan.retireAfter },
              { step: 'destroy', state: 'waiting', at: null, afterSeconds: plan.destroyAfter },
            ]}
          />
          <p className="mt-2 text-quiet text-sm">
            Before each step Gatehouse fetches the key set as relying parties do. If it is not as it has to be, the
            rotation halts and waits for a person; the key that signs goes on signing.
          </p>
        </section>
        <DependantsPanel dependants={dependants} of="the current key" hasNext={false} />
      </div>
      <ProposeForm issuerId={issuer.id} kind="rotate" keys={[]} />
    </>
  );
}
