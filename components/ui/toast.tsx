'use client';

import clsx from 'clsx';
import { Toast as Primitive } from 'radix-ui';
import { useSyncExternalStore } from 'react';
import { Button } from '#components/ui/button.tsx';

export type ToastContent = {
  text: string;
  tone?: 'done' | 'problem';
  /** One act, such as "Undo". Never the only way to it. */
  act?: { label: string; run: () => void };
};
type Shown = ToastContent & { id: number };

let shown: readonly Shown[] = [];
let serial = 0;
const watchers = new Set<() => void>();
const set = (next: readonly Shown[]) => {
  shown = next;
  for (const watcher of watchers) watcher();
};
const none: readonly Shown[] = [];

/** Says what just happened, at the edge of the screen, read out politely. At most three stand at once. */
export function toast(content: ToastContent): void {
  serial += 1;
  set([...shown, { ...content, id: serial }].slice(-3));
}

/** Where toasts appear: once, in the shell. Ours instead of sonner's, whose style element the strict policy refuses. */
export function Toaster() {
  const toasts = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => shown,
    () => none,
  );
  return (
    <Primitive.Provider swipeDirection="right" duration={6_000} label="What just happened">
      {toasts.map(({ id, text, tone, act }) => (
        <Primitive.Root
          key={id}
          type={tone === 'problem' ? 'foreground' : 'background'}
          duration={tone === 'problem' || act ? 12_000 : 6_000}
          onOpenChange={(open) => open || set(shown.filter((one) => one.id !== id))}
          className={clsx('pop rise flex items-center gap-3 p-3 text-sm', tone === 'problem' && 'border-critical')}
        >
          <Primitive.Description className="grow">{text}</Primitive.Description>
          {act ? (
            <Primitive.Action asChild altText={act.label}>
              <Button onClick={act.run}>{act.label}</Button>
            </Primitive.Action>
          ) : null}
          <Primitive.Close asChild>
            <Button look="quiet" aria-label="Close" className="px-2">
              ×
            </Button>
          </Primitive.Close>
        </Primitive.Root>
      ))}
      <Primitive.Viewport className="fixed right-4 bottom-4 z-[60] flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2 outline-none" />
    </Primitive.Provider>
  );
}
