'use client';

import { useEffect } from 'react';
import { startLive, useLiveState } from '#components/shell/live.ts';

const words = {
  live: { label: 'Live', title: 'What changes is announced here as it changes', look: 'text-good', shape: '●' },
  connecting: {
    label: 'Connecting',
    title: 'Trying to reach the desk. The page shows what it last knew',
    look: 'text-medium',
    shape: '◌',
  },
  off: {
    label: 'Not live',
    title: 'Nothing is announced any more. Reload to see how things stand',
    look: 'text-high',
    shape: '○',
  },
} as const;

/** Whether what is on the screen would be told of changes. */
export function LiveIndicator() {
  useEffect(startLive, []);
  const { label, title, look, shape } = words[useLiveState()];
  return (
    <span role="status" title={title} className={`inline-flex items-center gap-1.5 text-sm ${look}`}>
      <span aria-hidden="true">{shape}</span>
      <span className="max-md:sr-only">{label}</span>
    </span>
  );
}
