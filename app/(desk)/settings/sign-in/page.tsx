import type { Metadata } from 'next';
import { DeskSessions } from '#app/(desk)/settings/sign-in/desk-sessions.tsx';
import { RolePolicies } from '#app/(desk)/settings/sign-in/role-policies.tsx';
import { SignInProviders } from '#app/(desk)/settings/sign-in/sign-in-providers.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Tabs } from '#components/ui/tabs.tsx';
import { readingAs } from '#lib/kernel/addresses.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { redirectAddress } from '#lib/staff/federation/provider-client.ts';
import { listConfiguredProviders } from '#lib/staff/federation/sign-in-providers.ts';
import { listDeskSessions } from '#lib/staff/own-sessions.ts';
import { listRolePolicies } from '#lib/staff/set-role-policy.ts';

export const metadata: Metadata = { title: 'Sign-in' };

/** Who sits at the desk now, what each role asks of a sign-in, and through which other providers operators may come. */
export default async function SignInSettingsPage() {
  const { actor, session } = await requireOperator('staff:read', '/settings/sign-in');
  const { tenantId } = actor;
  const [sessions, policies, providers] = await readingAs(actor).inTenant(tenantId, async (tx) => [
    await listDeskSessions(tx, { tenantId, operatorId: null }),
    await listRolePolicies(tx, tenantId),
    await listConfiguredProviders(tx, tenantId),
  ]);
  const mayPolicies = actor.permissions.has('policies:manage');
  return (
    <>
      <PageHeader title="Sign-in" />
      <Tabs
        label="Sign-in"
        tabs={[
          {
            id: 'sessions',
            label: `At the desk ${sessions.length}`,
            content: (
              <DeskSessions sessions={sessions} current={session.id} mayEnd={actor.permissions.has('staff:manage')} />
            ),
          },
          {
            id: 'roles',
            label: 'What roles ask',
            content: <RolePolicies policies={policies} mayChange={mayPolicies} />,
          },
          {
            id: 'providers',
            label: 'Company accounts',
            content: (
              <SignInProviders
                providers={providers}
                mayChange={mayPolicies}
                redirectAddress={redirectAddress('SHORT-NAME')}
              />
            ),
          },
        ]}
      />
    </>
  );
}
