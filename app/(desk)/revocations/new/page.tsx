import type { Metadata } from 'next';
import Link from 'next/link';
import { filterContext } from '#app/(desk)/filter-context.ts';
import { ScopeForm } from '#app/(desk)/revocations/new/scope-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { StepTrail } from '#components/operations/step-trail.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import { filterToParams, filterWords } from '#lib/model/filter.ts';
import { eventFilter } from '#lib/model/filters/event-filter.ts';
import { sessionFilter } from '#lib/model/filters/session-filter.ts';
import { type RevocationScope, scopeWords } from '#lib/model/revocation-scope.ts';
import { countScope } from '#lib/revocation/count-scope.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';

export const metadata: Metadata = { title: 'New revocation' };
const idShape = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export default async function NewRevocationPage({ searchParams }: PageProps<'/revocations/new'>) {
  const { actor } = await requireOperator('revocations:propose', '/revocations/new');
  const given = await searchParams;
  // What a filter of events finds says something of the events.
  if (given.of === 'events') await requireOperator('events:read', '/revocations/new');
  const declaration = given.of === 'events' ? eventFilter : sessionFilter;
  // What a list passes over would here widen what ends, so whatever is not understood stops it.
  const request = readScreenRequest(given, declaration, actor, ['of', 'signal', 'sessions']);
  const { problems } = request;
  const scope = scopeOf(given, filterToParams(request.conditions, declaration));
  const matching = await readingAs(actor)
    .inTenant(actor.tenantId, (tx) => countScope(tx, { tenantId: actor.tenantId, proposerId: actor.id }, scope))
    .catch(() => null);
  return (
    <>
      <PageHeader title="New revocation" />
      <StepTrail at="Scope" />
      {scope.by === 'filter' || scope.by === 'events' ? (
        <FilterBar
          declaration={declaration}
          filter={request.conditions}
          problems={problems}
          keep={scope.by === 'events' ? { of: 'events' } : {}}
          {...(await filterContext(actor, request.conditions))}
        />
      ) : null}
      {problems.length > 0 ? (
        <p className="max-w-prose text-sm">
          Nothing can be revoked from this address: without the part that is left out the scope would be wider than was
          meant. Set the filter anew, or{' '}
          <Link href="/revocations/new" className="underline">
            begin without one
          </Link>
          .
        </p>
      ) : (
        <ScopeForm
          key={JSON.stringify(scope)}
          scope={scope}
          words={scopeWords(scope, filterWords(request.conditions, declaration))}
          matching={matching}
        />
      )}
    </>
  );
}

/** What the address says the scope is: a signal, ticked sessions, or the filter of the sessions screen or of the events screen. */
function scopeOf(
  given: Record<string, string | string[] | undefined>,
  filter: Record<string, string>,
): RevocationScope {
  const one = (name: string) => (Array.isArray(given[name]) ? given[name][0] : given[name]) ?? '';
  if (idShape.test(one('signal'))) return { by: 'signal', signal: one('signal') };
  const sessions = one('sessions')
    .split(',')
    .filter((id) => idShape.test(id));
  if (sessions.length > 0) return { by: 'sessions', sessions };
  return { by: one('of') === 'events' ? 'events' : 'filter', filter };
}
