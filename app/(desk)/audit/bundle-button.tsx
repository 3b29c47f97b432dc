'use client';

import { useState } from 'react';
import { callWithStepUp } from '#components/desk/step-up.tsx';
import { Button } from '#components/ui/button.tsx';

/** Fetches the whole chain with its signed checkpoints as a file, to be kept where the desk's own administrators cannot reach it. */
export function BundleButton() {
  const [state, setState] = useState<'idle' | 'working' | 'failed'>('idle');
  const fetchBundle = async () => {
    setState('working');
    const answer = await callWithStepUp('/api/v1/audit/bundle', { method: 'POST' }).catch(() => null);
    const file = answer?.ok ? await answer.blob().catch(() => null) : null;
    if (!file) return setState('failed');
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = /filename="([^"]+)"/.exec(answer?.headers.get('content-disposition') ?? '')?.[1] ?? 'bundle.ndjson';
    link.click();
    URL.revokeObjectURL(link.href);
    setState('idle');
  };
  return (
    <>
      <p role="alert" className="text-critical text-sm empty:hidden">
        {state === 'failed' ? 'The bundle could not be made. Nothing was changed; try again.' : ''}
      </p>
      <Button onClick={() => void fetchBundle()} disabled={state === 'working'}>
        {state === 'working' ? 'Signing…' : 'Signed bundle'}
      </Button>
    </>
  );
}
