import type { Metadata } from 'next';
import { OtherAccounts } from '#app/(desk)/me/other-accounts.tsx';
import { OwnAuthenticatorsPanel } from '#app/(desk)/me/own-authenticators.tsx';
import { OwnNotices } from '#app/(desk)/me/own-notices.tsx';
import { OwnSessions } from '#app/(desk)/me/own-sessions.tsx';
import { PasswordAndCode } from '#app/(desk)/me/password-and-code.tsx';
import { RecoveryPanel } from '#app/(desk)/me/recovery-panel.tsx';
import { PageHeader } from '#components/desk/page-header.tsx';
import { Tabs } from '#components/ui/tabs.tsx';
import { pool } from '#lib/kernel/db/pools.ts';
import { listOwnAuthenticators } from '#lib/staff/authenticators/list-own.ts';
import { requireOperator } from '#lib/staff/current-operator.ts';
import { accountsOfPerson } from '#lib/staff/one-person.ts';
import { listNotices } from '#lib/staff/outbox/list-notices.ts';
import { listDeskSessions } from '#lib/staff/own-sessions.ts';

export const metadata: Metadata = { title: 'Me' };

/** What is one's own at the desk: ways to sign in, sessions, notices. Every change asks for a fresh passkey proof. */
export default async function MePage() {
  const { actor, session } = await requireOperator(null, '/me');
  const database = pool('desk');
  const [own, sessions, notices, accounts] = await Promise.all([
    database.outsideTenants((tx) => listOwnAuthenticators(tx, actor.id)),
    database.outsideTenants((tx) => listDeskSessions(tx, { tenantId: actor.tenantId, operatorId: actor.id })),
    database.inTenant(actor.tenantId, (tx) => listNotices(tx, actor.tenantId, { operatorId: actor.id })),
    database.inTenant(actor.tenantId, (tx) => accountsOfPerson(tx, actor.tenantId, actor.id)),
  ]);
  return (
    <>
      <PageHeader title="Me" />
      <Tabs
        label="What is yours"
        tabs={[
          {
            id: 'authenticators',
            label: 'Authenticators',
            content: (
              <div className="grid max-w-5xl gap-8 lg:grid-cols-2">
                <OwnAuthenticatorsPanel passkeys={own.passkeys} enough={own.enough} />
                <PasswordAndCode changedAt={own.passwordChangedAt} codeSince={own.codeGeneratorSince} />
                <RecoveryPanel
                  left={own.recoveryCodesLeft}
                  madeAt={own.recoveryCodesMadeAt}
                  email={own.email}
                  addresses={own.notificationAddresses}
                  identities={own.identities}
                />
                <OtherAccounts accounts={accounts} />
              </div>
            ),
          },
          {
            id: 'sessions',
            label: `Sessions ${sessions.length}`,
            content: <OwnSessions sessions={sessions} current={session.id} />,
          },
          { id: 'notices', label: 'Notices', content: <OwnNotices notices={notices} /> },
        ]}
      />
    </>
  );
}
