'use client';

import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { deskFetch } from '#components/desk/desk-fetch.ts';

/**
 * Reads the page anew while its thing differs from what the page shows. `shown` are the fields the page was made from, as the API
 * at `url` names them: a change between the page's making and the first look is seen as well, and a reading that got lost is made
 * again. It asks in the background, which keeps no session alive.
 */
export function Watch({
  url,
  shown,
  everySeconds,
}: {
  url: string;
  shown: Readonly<Record<string, unknown>>;
  everySeconds: number;
}) {
  const router = useRouter();
  const here = JSON.stringify(Object.entries(shown));
  useEffect(() => {
    const fields = (JSON.parse(here) as [string, unknown][]).map(([field]) => field);
    const again = setInterval(async () => {
      const answer = await deskFetch(url).catch(() => null);
      if (!answer?.ok) return;
      const thing = (await answer.json()) as Record<string, unknown>;
      if (JSON.stringify(fields.map((field) => [field, thing[field]])) !== here) router.refresh();
    }, everySeconds * 1_000);
    return () => clearInterval(again);
  }, [router, url, here, everySeconds]);
  return null;
}
