'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { callAndTell } from '#components/desk/act-button.tsx';
import { Button } from '#components/ui/button.tsx';

/** Sets the rule that the page shows; the desk asks for a passkey first. */
export function SetRule({ eventType, keepDays, name }: { eventType: string; keepDays: number; name: string }) {
  const router = useRouter();
  const [working, setWorking] = useState(false);
  const set = async () => {
    setWorking(true);
    const done = `Set: ${name} for ${keepDays.toLocaleString('en-US')} days.`;
    const said = await callAndTell('/api/v1/retention', { method: 'PUT', body: { eventType, keepDays } }, done);
    setWorking(false);
    if (!said) return;
    router.push('/settings/retention');
    router.refresh();
  };
  return (
    <Button look="danger" disabled={working} onClick={set}>
      Keep them {keepDays.toLocaleString('en-US')} days
    </Button>
  );
}
