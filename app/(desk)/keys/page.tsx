import type { Metadata } from 'next';
import Link from 'next/link';
import { PageHeader } from '#components/desk/page-header.tsx';
import { KeyCard } from '#components/keys/key-card.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { buttonClass } from '#components/ui/button.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { type IssuerView, issuersOverview } from '#lib/keys/issuer-overview.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Keys' };

export default async function KeysPage() {
  const { actor } = await requireOperator('keys:read', '/keys');
  const issuers = await readingAs(actor).inTenant(actor.tenantId, (tx) => issuersOverview(tx, actor.tenantId));
  const halted = issuers.filter(({ rotation }) => rotation?.state === 'halted').length;
  return (
    <>
      <PageHeader
        title="Keys"
        counted={`${issuers.length} ${issuers.length === 1 ? 'issuer' : 'issuers'}${halted > 0 ? `, ${halted} halted` : ''}`}
      />
      <p className="mb-4 max-w-3xl text-quiet">
        What signs tokens, receipts and event notices. A new key is public before it signs, and an old one stays trusted
        until the last token it signed has died; so nobody who verifies is ever broken by a rotation.
      </p>
      <div className="flex flex-col gap-5">
        {issuers.map((issuer) => (
          <IssuerSection key={issuer.id} issuer={issuer} mayPropose={actor.permissions.has('keys:propose')} />
        ))}
      </div>
    </>
  );
}

function IssuerSection({ issuer, mayPropose }: { issuer: IssuerView; mayPropose: boolean }) {
  const { rotation, proposed } = issuer;
  return (
    <section aria-labelledby={issuer.id} className="flex flex-col gap-3 rounded-md border border-line p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 id={issuer.id} className="min-w-0 font-semibold text-lg">
          <Link href={`/keys/${issuer.id}`} className="hover:text-accent">
            {safeText(issuer.name)}
          </Link>
        </h2>
        <span className="min-w-0 break-all font-mono text-quiet text-xs">{safeText(issuer.issuer)}</span>
        <span className="ml-auto flex flex-wrap gap-2">
          {rotation ? (
            <Link href={`/keys/rotations/${rotation.id}`} className={buttonClass('secondary')}>
              {rotation.state === 'halted' ? 'See why it halted' : 'See the rotation'}
            </Link>
          ) : proposed ? (
            <Link href={`/proposals/${proposed.proposalId}`} className={buttonClass('secondary')}>
              {proposed.kind === 'kill' ? 'A kill waits for a signature' : 'A rotation waits for a signature'}
            </Link>
          ) : mayPropose && issuer.current ? (
            <Link href={`/keys/${issuer.id}/rotate`} className={buttonClass('primary')}>
              Rotate the key
            </Link>
          ) : null}
        </span>
      </div>
      {issuer.problem ? (
        <p role="alert" className="text-critical">
          {safeText(issuer.problem)}
        </p>
      ) : null}
      {rotation?.state === 'halted' ? (
        <p role="alert">
          <Badge tone="critical">Halted</Badge> {safeText(rotation.haltReason ?? '')}
        </p>
      ) : null}
      <div className="grid gap-3 md:grid-cols-3">
        <KeyCard place="Next" shown={issuer.next} none="No key waits. A rotation makes one." />
        <KeyCard place="Current" shown={issuer.current} none="No key signs here, as far as is known." />
        <KeyCard place="Previous" shown={issuer.previous[0] ?? null} none="No old key is trusted any more." />
      </div>
    </section>
  );
}
