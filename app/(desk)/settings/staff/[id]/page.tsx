import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { z } from 'zod';
import { GiveRole } from '#app/(desk)/settings/staff/[id]/give-role.tsx';
import { WhyTable } from '#app/(desk)/settings/staff/[id]/why-table.tsx';
import { ActButton } from '#components/desk/act-button.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Badge } from '#components/ui/badge.tsx';
import { Facts } from '#components/ui/facts.tsx';
import { RelativeTime } from '#components/ui/relative-time.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { permissionsOf, rolePermissions, roles } from '#lib/model/permissions.ts';
import { safeText } from '#lib/model/safe-text.ts';
import { auditsOwnWork, separationConflicts } from '#lib/model/separation-of-duties.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { listCustomRoles } from '#lib/staff/custom-roles.ts';
import { findOperator, sessionsOfOperator } from '#lib/staff/list-operators.ts';
import { accountsOfPerson } from '#lib/staff/one-person.ts';

export const metadata: Metadata = { title: 'Operator' };

export default async function OperatorPage({ params }: PageProps<'/settings/staff/[id]'>) {
  const { id } = await params;
  const { actor } = await requireOperator('staff:read', `/settings/staff/${id}`);
  if (!z.uuid().safeParse(id).success) notFound();
  const { operator, sessions, custom, accounts } = await readingAs(actor).inTenant(actor.tenantId, async (tx) => ({
    operator: await findOperator(tx, actor.tenantId, id),
    sessions: await sessionsOfOperator(tx, actor.tenantId, id),
    custom: await listCustomRoles(tx, actor.tenantId),
    accounts: await accountsOfPerson(tx, actor.tenantId, id),
  }));
  if (!operator) notFound();
  const names = operator.roles.map(({ role }) => role);
  // What one person holds, over all their accounts.
  const conflicts = separationConflicts(
    permissionsOf(
      [...names, ...accounts.flatMap(({ roles: others }) => others)],
      [...operator.customPermissions, ...accounts.flatMap(({ customPermissions }) => customPermissions)],
    ),
  );
  const isOneself = actor.id === operator.id || accounts.some((account) => account.id === actor.id);
  const manages = actor.permissions.has('staff:manage');
  const at = `/api/v1/operators/${operator.id}`;
  const isSuspended = operator.state === 'suspended';
  return (
    <>
      <PageHeader
        title={safeText(operator.displayName)}
        counted={<Badge tone={operator.state === 'active' ? 'good' : 'high'}>{operator.state}</Badge>}
      >
        {manages && !isOneself ? (
          isSuspended ? (
            <ActButton
              label="Lift the suspension"
              title={`Let ${safeText(operator.displayName)} in again`}
              text="Their roles count again from this moment on."
              url={`${at}/suspension`}
              method="DELETE"
              done="The suspension is lifted."
            />
          ) : (
            <ActButton
              label="Suspend"
              look="danger"
              title={`Suspend ${safeText(operator.displayName)}`}
              text="Their sessions in this tenant end at once, new ones are refused, and what they signed counts no more. Their roles are kept."
              url={`${at}/suspension`}
              method="POST"
              asksReason
              done="Suspended; their sessions here have ended."
            />
          )
        ) : null}
      </PageHeader>
      <Facts
        className="mb-6 max-w-2xl"
        facts={[
          { label: 'E-mail', value: safeText(operator.email) },
          { label: 'Passkeys', value: operator.passkeys },
          { label: 'Here since', value: <RelativeTime at={operator.createdAt} /> },
          { label: 'Last here', value: operator.lastSeenAt ? <RelativeTime at={operator.lastSeenAt} /> : 'never' },
        ]}
      />
      {accounts.length === 0 ? null : (
        <div className="mb-4 flex max-w-3xl flex-wrap items-center gap-3 rounded-md border border-line p-3 text-sm">
          <span className="grow">
            The same person as {accounts.map(({ email }) => safeText(email)).join(', ')}: what one of the accounts asks
            for, the other cannot approve.
          </span>
          {manages && !isOneself && accounts.some(({ linked }) => linked) ? (
            <ActButton
              label="Separate"
              look="danger"
              title={`Separate ${safeText(operator.displayName)} from its other accounts`}
              text="Only where the link was wrong: from then on they count as two people. Their owner is told."
              url={`${at}/person`}
              method="DELETE"
              asksReason
              done="The account is separated."
            />
          ) : null}
        </div>
      )}
      {conflicts.map(({ id: rule, title, reason }) => (
        <p key={rule} className="mb-2 max-w-3xl rounded-md border border-medium p-3 text-sm">
          <strong>{title}.</strong> {reason}
        </p>
      ))}
      {auditsOwnWork(names, operator.customPermissions) ? (
        <p className="mb-2 max-w-3xl rounded-md border border-medium p-3 text-sm">
          <strong>Audits and acts.</strong> An auditor who also acts checks their own work.
        </p>
      ) : null}
      <section aria-labelledby="roles" className="mb-8">
        <h2 id="roles" className="mb-2 font-semibold text-lg">
          Roles
        </h2>
        <ul className="mb-3 max-w-3xl divide-y divide-line border-line border-y">
          {operator.roles.map(({ role, grantedBy, grantedAt }) => (
            <li key={role} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 text-sm">
              <span className="min-w-40 font-medium">{role}</span>
              <span className="grow text-quiet">
                given by {safeText(grantedBy)} <RelativeTime at={grantedAt} />
              </span>
              {manages ? (
                <ActButton
                  label="Take away"
                  look="quiet"
                  title={`Take ${role} from ${safeText(operator.displayName)}`}
                  text="It counts no more from the next request on, nor for what they signed. With their last role their sessions here end."
                  url={`${at}/roles/${role}`}
                  method="DELETE"
                  done={`${role} is taken away.`}
                />
              ) : null}
            </li>
          ))}
        </ul>
        {manages && !isOneself ? (
          <GiveRole
            operatorId={operator.id}
            choices={[
              ...roles.map((name) => ({ name, permissions: [...rolePermissions[name]] })),
              ...custom.map(({ name, permissions }) => ({ name, permissions })),
            ].filter(({ name }) => !names.includes(name))}
            held={[...permissionsOf(names, operator.customPermissions)]}
          />
        ) : null}
        {isOneself ? (
          <p className="text-quiet text-sm">Nobody raises their own role. Another administrator can.</p>
        ) : null}
      </section>
      <WhyTable roles={operator.roles} custom={custom} />
      <section aria-labelledby="sessions" className="mt-8">
        <h2 id="sessions" className="mb-2 font-semibold text-lg">
          Live sessions
        </h2>
        {sessions.length === 0 ? <p className="text-quiet text-sm">Not signed in anywhere in this tenant.</p> : null}
        <ul className="mb-3 max-w-3xl divide-y divide-line">
          {sessions.map((session) => (
            <li key={session.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2 text-sm">
              <span className="min-w-24">{session.way}</span>
              <span className="font-mono text-xs">{session.ip ?? 'address unknown'}</span>
              <span className="grow truncate text-quiet">{safeText(session.userAgent ?? 'browser unknown')}</span>
              <RelativeTime at={session.lastSeenAt} />
              {manages ? (
                <ActButton
                  label="End"
                  look="quiet"
                  title="End this session"
                  text="It is refused from the next request on, on every instance."
                  url={`${at}/sessions/${session.id}`}
                  method="DELETE"
                  done="The session has ended."
                />
              ) : null}
            </li>
          ))}
        </ul>
        {manages && sessions.length > 1 ? (
          <ActButton
            label={`End all ${sessions.length} sessions`}
            look="danger"
            title={`End every session of ${safeText(operator.displayName)} here`}
            text="They can sign in again with their passkey."
            url={`${at}/sessions`}
            method="DELETE"
            done="All their sessions here have ended."
          />
        ) : null}
      </section>
    </>
  );
}
