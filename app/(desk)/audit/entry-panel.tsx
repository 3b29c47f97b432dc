import Link from 'next/link';
import { Section } from '#components/desk/section.tsx';
import { SidePanel } from '#components/desk/side-panel.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Copyable } from '#components/ui/copyable.tsx';
import { exactTime } from '#components/ui/exact-time.ts';
import { Facts } from '#components/ui/facts.tsx';
import { Scrolls } from '#components/ui/scrolls.tsx';
import { readAuditEntry } from '#lib/audit/read-entry.ts';
import type { Actor } from '#lib/kernel/actor.ts';
import { readingAs } from '#lib/kernel/addresses.ts';
import { safeText } from '#lib/model/safe-text.ts';

/** One audit entry with its proof: what was hashed, the hash, the one before, and whether all three still agree. */
export async function EntryPanel({ actor, id }: { actor: Actor; id: string }) {
  const entry = await readingAs(actor).inTenant(actor.tenantId, (tx) => readAuditEntry(tx, actor.tenantId, id));
  if (!entry) {
    return (
      <SidePanel title="No such entry">
        <p className="text-quiet text-sm">There is no entry with this id in this tenant’s chain.</p>
      </SidePanel>
    );
  }
  const isSound = entry.hashFits && entry.followsPrevious;
  return (
    <SidePanel title={`${entry.seq.toLocaleString('en-US')} · ${safeText(entry.action)}`}>
      <Facts
        facts={[
          { label: 'Outcome', value: entry.outcome },
          { label: 'When', value: exactTime(entry.at) },
          { label: 'Who', value: `${safeText(entry.actorLabel)} (${entry.actorType})` },
          {
            label: 'Target',
            value: entry.targetId ? (
              <Link className="text-accent underline" href={`/audit?target=${encodeURIComponent(entry.targetId)}`}>
                {entry.targetType?.replaceAll('_', ' ')} {safeText(entry.targetId)}
              </Link>
            ) : (
              'none'
            ),
          },
          { label: 'Reason', value: entry.reason ? safeText(entry.reason) : 'none given' },
          { label: 'Address', value: entry.ip },
          { label: 'Request', value: entry.requestId ? <Copyable text={entry.requestId} what="request id" /> : 'none' },
        ]}
      />
      <Section title="Proof">
        <p className="mb-3 text-sm" role="status">
          {isSound ? (
            <>
              <Badge tone="good">sound</Badge> The content gives this hash, and it commits to the entry before.
            </>
          ) : (
            <>
              <Badge tone="critical">broken</Badge>{' '}
              {entry.hashFits
                ? 'It does not commit to the entry before: one was changed or taken away.'
                : 'The content was changed: it does not give this hash.'}{' '}
              Keep the database as it is, and tell whoever answers for it.
            </>
          )}
        </p>
        <Facts
          facts={[
            { label: 'Hash', value: <Copyable text={entry.hash} what="hash" /> },
            { label: 'Before it', value: <Copyable text={entry.prevHash} what="hash of the entry before" /> },
          ]}
        />
        <p className="mt-3 text-quiet text-xs">
          hash = SHA-256 of the tag, the number, the hash before and these bytes (RFC 8785). The whole chain is checked
          with <code className="font-mono">npm run gatehouse -- audit verify</code>.
        </p>
      </Section>
      <Section title="What was hashed">
        <Scrolls label="The canonical entry" className="max-h-64 rounded-md border border-line bg-rail p-3">
          <pre className="whitespace-pre-wrap break-all font-mono text-xs">{safeText(entry.entry)}</pre>
        </Scrolls>
      </Section>
    </SidePanel>
  );
}
