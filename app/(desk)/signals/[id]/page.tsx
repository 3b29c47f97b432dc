import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Attribution } from '#app/(desk)/attribution.tsx';
import { DecisionForm } from '#app/(desk)/signals/[id]/decision-form.tsx';
import { PersonLabel, PlaceLabel } from '#components/desk/labels.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Severity } from '#components/ui/severity.tsx';
import { eventsOfSignal } from '#lib/events/list-events.ts';
import { pool } from '#lib/kernel/db/pools.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { signalMoves } from '#lib/signals/decide-signal.ts';
import { findSignal } from '#lib/signals/list-signals.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'Signal' };
const marks = { raises: '▲ raises', lowers: '▽ lowers', neutral: '– neutral' } as const;

export default async function SignalPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  const { actor } = await requireOperator('signals:read', `/signals/${id}`);
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  const found = await pool('desk').inTenant(actor.tenantId, async (tx) => ({
    signal: await findSignal(tx, actor.tenantId, id),
    events: await eventsOfSignal(tx, actor.tenantId, id),
  }));
  if (!found.signal) notFound();
  const { signal, events } = found;
  return (
    <>
      <PageHeader title={signal.title} counted={signal.state.replaceAll('_', ' ')}>
        <Severity level={signal.severity} />
      </PageHeader>
      <p className="mb-4 max-w-3xl">{safeText(signal.summary)}</p>
      <div className="mb-6 flex flex-wrap gap-4 text-[13px]">
        {signal.personId ? (
          <Link className="text-accent underline" href={`/sessions?person=${signal.personId}`}>
            Sessions of {safeText(signal.personName ?? signal.personEmail ?? 'this person')}
          </Link>
        ) : null}
        {signal.ip ? (
          <Link className="text-accent underline" href={`/sessions?ip=${signal.ip}`}>
            Sessions from {signal.ip}
          </Link>
        ) : null}
      </div>
      <h2 className="mb-2 font-semibold">Why</h2>
      <ul className="mb-6 max-w-3xl">
        {signal.explanations.map(({ fact, effect }) => (
          <li key={fact} className="flex gap-3 border-line border-b py-1">
            <span className="w-20 shrink-0 text-[13px] text-quiet">{marks[effect]}</span>
            {safeText(fact)}
          </li>
        ))}
      </ul>
      <h2 className="mb-2 font-semibold">Events</h2>
      <table className="list">
        <caption className="sr-only">The events this signal stands on, oldest first</caption>
        <thead>
          <tr>
            {['When (UTC)', 'Part', 'Person', 'Place', 'Device', 'Application', 'Outcome'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={event.id}>
              <td data-label="When" className="whitespace-nowrap font-mono text-[12px]">
                {event.occurredAt.slice(0, 19).replace('T', ' ')}
              </td>
              <td data-label="Part">{event.role}</td>
              <td data-label="Person">
                <PersonLabel name={event.personName} email={event.personEmail} />
              </td>
              <td data-label="Place">
                <PlaceLabel city={event.city} country={event.country} ip={event.ip} />
              </td>
              <td data-label="Device">{safeText(event.deviceLabel ?? 'Unknown device')}</td>
              <td data-label="Application">{safeText(event.client ?? '')}</td>
              <td data-label="Outcome">
                {[event.outcome, event.reason?.replaceAll('_', ' ')].filter(Boolean).join(': ')}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {signal.decision ? (
        <p className="mt-6">
          Decided by {safeText(signal.decidedBy ?? 'somebody')}: {safeText(signal.decision)}
        </p>
      ) : null}
      {actor.permissions.has('signals:write') ? (
        <DecisionForm id={signal.id} from={signal.state} moves={signalMoves[signal.state]} />
      ) : null}
      <Attribution />
    </>
  );
}
