import type { Metadata } from 'next';
import Link from 'next/link';
import { filterContext } from '#app/(desk)/filter-context.ts';
import { ScopeForm } from '#app/(desk)/revocations/new/scope-form.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { StepTrail } from '#components/operations/step-trail.tsx';
import { FilterBar } from '#components/table/filter-bar.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { readScreenRequest } from '#lib/kernel/db/list-request.ts';
import {
  type FilterDeclaration,
  type FilterProblem,
  filterParameters,
  filterToParams,
  filterWords,
} from '#lib/model/filter.ts';
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
  const request = readScreenRequest(given, declaration, actor);
  const problems = [...request.problems, ...unknownIn(given, declaration)];
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

const notConditions = ['of', 'signal', 'sessions', 'cursor', 'limit'];

/** Conditions of the address that no filter knows: a list passes them over, here they would widen what ends. */
function unknownIn(given: Record<string, unknown>, declaration: FilterDeclaration): FilterProblem[] {
  const known = [...filterParameters(declaration).map(({ name }) => name), ...notConditions];
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((path) => ({ path, message: `${declaration.noun.many} have no filter ${path.slice(0, 60)}.` }));
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
