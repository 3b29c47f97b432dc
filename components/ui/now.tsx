'use client';

import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';

const Now = createContext(0);

/** The server's time for everything below, moving on every 20 s: relative times stay true without a reload. */
export function NowProvider({ now, children }: { now: string; children: ReactNode }) {
  const [at, setAt] = useState(() => Date.parse(now));
  useEffect(() => {
    // What the server says counts; this machine's clock only measures what passed since.
    const ahead = Date.parse(now) - Date.now();
    const tick = setInterval(() => setAt(Date.now() + ahead), 20_000);
    return () => clearInterval(tick);
  }, [now]);
  return <Now value={at}>{children}</Now>;
}

/** The time as milliseconds since the epoch, the same on the server and in the first drawing here. */
export function useNow(): number {
  return useContext(Now);
}
