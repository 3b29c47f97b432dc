import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { ProposeForm } from '#app/(desk)/keys/[id]/propose-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { DependantsPanel } from '#components/keys/dependants-panel.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { Refusal } from '#lib/kernel/errors.ts';
import { keysOf } from '#lib/keys/issuers.ts';
import { previewRotation } from '#lib/keys/propose-rotation.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { keyStateNames, servedKeyStates } from '#lib/model/signing-key.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Kill a key' };
const idPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export default async function KillPage({ params, searchParams }: PageProps<'/keys/[id]/kill'>) {
  const { id } = await params;
  const wanted = (await searchParams).key;
  const { actor } = await requireOperator('keys:propose', `/keys/${id}/kill`);
  if (!idPattern.test(id)) notFound();
  const keyId = typeof wanted === 'string' && idPattern.test(wanted) ? wanted : undefined;
  const found = await readingAs(actor)
    .inTenant(actor.tenantId, async (tx) => ({
      preview: await previewRotation(tx, actor.tenantId, { issuerId: id, kind: 'kill', keyId }),
      keys: (await keysOf(tx, actor.tenantId, id)).filter(({ state }) => servedKeyStates.includes(state)),
    }))
    .catch((error: unknown) => (error instanceof Refusal ? error : Promise.reject(error)));
  if (found instanceof Refusal) {
    if (found.code === 'not_found') notFound();
    return (
      <>
        <PageHeader title="Kill a key" />
        <p role="alert">{found.message}</p>
      </>
    );
  }
  const { preview, keys } = found;
  const { issuer, key, breaks, dependants } = preview;
  const named = [key, ...keys.filter((other) => other.id !== key.id)];
  return (
    <>
      <PageHeader
        title={`Kill a key of ${safeText(issuer.name)}`}
        counted="Only when its private half may be in other hands"
      />
      <p className="mb-4 flex flex-wrap items-center gap-x-2">
        {keyStateNames[key.state]} key: <Copyable text={key.kid} what="key id" />
      </p>
      <section className="mb-6 max-w-3xl rounded-md border border-critical p-4">
        <h2 className="mb-2 font-semibold text-lg">What breaks</h2>
        <ul className="list-disc pl-5">
          {breaks.map((line) => (
            <li key={line}>{safeText(line)}</li>
          ))}
        </ul>
      </section>
      <div className="mb-6">
        <ProposeForm
          issuerId={issuer.id}
          kind="kill"
          keys={named.map(({ id: value, kid, state }) => ({ value, label: `${keyStateNames[state]}: ${kid}` }))}
        />
      </div>
      <DependantsPanel dependants={dependants} of="this key" hasNext={false} />
    </>
  );
}
