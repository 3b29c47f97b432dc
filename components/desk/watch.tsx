'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';

/** Reads the page anew when one of these fields of its thing has changed. It asks in the background, which keeps no session alive. */
export function Watch({ url, fields, everySeconds }: { url: string; fields: readonly string[]; everySeconds: number }) {
  const router = useRouter();
  const before = useRef('');
  const watched = fields.join();
  useEffect(() => {
    const again = setInterval(async () => {
      const answer = await deskFetch(url).catch(() => null);
      if (!answer?.ok) return;
      const thing = (await answer.json()) as Record<string, unknown>;
      const now = JSON.stringify(watched.split(',').map((field) => thing[field]));
      if (before.current && before.current !== now) router.refresh();
      before.current = now;
    }, everySeconds * 1_000);
    return () => clearInterval(again);
  }, [router, url, watched, everySeconds]);
  return null;
}
