import type { ReactNode } from 'react';
import { settingsPlaces } from '#app/(desk)/settings/places.ts';
import { SettingsTabs } from '#app/(desk)/settings/settings-tabs.tsx';
import { currentOperator } from '#lib/staff/current-operator.ts';

/** The places of Settings that the operator may open. Each page asks for itself whether they may. */
export default async function SettingsLayout({ children }: { children: ReactNode }) {
  const current = await currentOperator();
  const open = settingsPlaces.filter(
    ({ permission }) => permission === null || current?.actor.permissions.has(permission),
  );
  return (
    <>
      <SettingsTabs places={open.map(({ href, label }) => ({ href, label }))} />
      {children}
    </>
  );
}
