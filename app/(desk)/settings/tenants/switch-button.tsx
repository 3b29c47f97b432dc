'use client';

import { callAndTell } from '#components/desk/act-button.tsx';
import { Button } from '#components/ui/button.tsx';

/** Goes on in another tenant. Everything on screen belonged to the old one, so the desk is loaded anew. */
export function SwitchButton({ tenantId, name }: { tenantId: string; name: string }) {
  const go = async () => {
    const said = await callAndTell('/api/v1/me/tenant', { method: 'POST', body: { tenantId } }, '');
    if (said) window.location.assign('/');
  };
  return <Button onClick={go}>Work in {name}</Button>;
}
