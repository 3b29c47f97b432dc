'use client';

import { Command } from 'cmdk';
import { useRouter } from 'next/navigation';
import { Dialog } from 'radix-ui';
import { useEffect, useState } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';
import type { ShellPlace } from '#components/shell/shell-keys.tsx';
import { Keys } from '#components/ui/keys.tsx';
import { safeText } from '#lib/model/safe-text.ts';

type Hit = { kind: string; id: string; label: string; note: string; href: string };
const item =
  'flex min-h-9 cursor-pointer items-center gap-3 rounded-sm px-2 text-sm data-[selected=true]:bg-tint pointer-coarse:min-h-11';

/** The search over the whole desk: go to a place, find a person by name, e-mail or subject, a session by its id, an address. */
export function Palette({
  open,
  onOpenChange,
  places,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  places: readonly ShellPlace[];
}) {
  const router = useRouter();
  const [text, setText] = useState('');
  const [hits, setHits] = useState<Hit[]>([]);
  const [state, setState] = useState<'idle' | 'looking' | 'failed'>('idle');
  useEffect(() => {
    if (!open) setText('');
  }, [open]);
  useEffect(() => {
    setHits([]);
    if (text.trim().length < 3) return setState('idle');
    const stopped = new AbortController();
    setState('looking');
    const timer = setTimeout(async () => {
      const address = `/api/v1/search?${new URLSearchParams({ q: text.trim() })}`;
      const answer = await deskFetch(address, { signal: stopped.signal }).catch(() => null);
      if (stopped.signal.aborted) return;
      if (!answer?.ok) return setState('failed');
      setHits(((await answer.json()) as { data: Hit[] }).data);
      setState('idle');
    }, 150);
    return () => {
      stopped.abort();
      clearTimeout(timer);
    };
  }, [text]);
  const go = (href: string) => {
    onOpenChange(false);
    router.push(href);
  };
  const wanted = text.trim().toLowerCase();
  const shown = places.filter(({ label }) => label.toLowerCase().includes(wanted));
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="pop rise fixed inset-x-4 top-[12vh] z-50 mx-auto max-w-xl overflow-hidden"
        >
          <Dialog.Title className="sr-only">Search the desk</Dialog.Title>
          <Command shouldFilter={false} label="Search the desk" loop>
            <Command.Input
              value={text}
              onValueChange={setText}
              placeholder="A name, e-mail, session id, address, or a place of the desk"
              className="h-12 w-full border-line border-b bg-transparent px-4 text-base outline-none placeholder:text-quiet"
            />
            <Command.List className="max-h-[50vh] overflow-y-auto p-1.5">
              {hits.map((hit) => (
                <Command.Item
                  key={`${hit.kind} ${hit.id}`}
                  value={`${hit.kind} ${hit.id}`}
                  onSelect={() => go(hit.href)}
                  className={item}
                >
                  <span className="w-16 shrink-0 text-quiet text-xs">{hit.kind}</span>
                  <span className="min-w-0 truncate font-medium">{safeText(hit.label)}</span>
                  <span className="ml-auto min-w-0 truncate text-quiet">{safeText(hit.note)}</span>
                </Command.Item>
              ))}
              {shown.map(({ href, label, keys }) => (
                <Command.Item key={href} value={`place ${href}`} onSelect={() => go(href)} className={item}>
                  <span className="w-16 shrink-0 text-quiet text-xs">go to</span>
                  <span className="grow">{label}</span>
                  {keys ? <Keys keys={keys} /> : null}
                </Command.Item>
              ))}
            </Command.List>
            <p role="status" className="border-line border-t px-4 py-2 text-quiet text-xs">
              {statusWords(state, hits.length + shown.length, text)}
            </p>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function statusWords(state: 'idle' | 'looking' | 'failed', found: number, text: string): string {
  if (state === 'failed') return 'The search did not answer. Nothing was changed; type again in a moment.';
  if (state === 'looking') return 'Looking…';
  if (text.trim().length < 3) return 'Three characters find people, sessions and addresses.';
  return found === 0 ? 'Nothing found.' : `${found} found.`;
}
