'use client';

import { useEffect, useRef, useSyncExternalStore } from 'react';
import { onProofRenewed } from '#components/desk/step-up.tsx';

export type Topic = 'events' | 'signals' | 'runs';
export type LiveState = 'connecting' | 'live' | 'off';

let state: LiveState = 'connecting';
const watchers = new Set<() => void>();
const listeners = new Set<(topics: readonly Topic[]) => void>();
const setState = (next: LiveState) => {
  if (state === next) return;
  state = next;
  for (const watcher of watchers) watcher();
};
const endedListeners = new Set<() => void>();
const announce = (topics: readonly Topic[]) => {
  for (const listener of listeners) listener(topics);
};

/**
 * Keeps one stream of hints a browser: the tab that holds the lock has it and tells the others, so that many tabs do not use up
 * the connections. Mounted once, by the shell. @returns the way to stop
 */
export function startLive(): () => void {
  const channel = new BroadcastChannel('gatehouse-live');
  const stopping = new AbortController();
  let source: EventSource | null = null;
  const tell = (next: LiveState) => {
    if (stopping.signal.aborted) return;
    setState(next);
    channel.postMessage({ state: next });
  };
  const open = () => {
    source = new EventSource('/api/v1/live');
    source.addEventListener('hello', () => tell('live'));
    source.addEventListener('changed', ({ data }: MessageEvent<string>) => {
      if (stopping.signal.aborted) return;
      const topics = JSON.parse(data) as Topic[];
      announce(topics);
      channel.postMessage({ topics });
    });
    source.addEventListener('ended', () => {
      source?.close();
      tell('off');
      if (stopping.signal.aborted) return;
      for (const listener of endedListeners) listener();
      channel.postMessage({ ended: true });
    });
    source.onerror = () => tell(source?.readyState === EventSource.CLOSED ? 'off' : 'connecting');
  };
  // A stream that ended with its session begins again with the next one, signed in without leaving the page.
  const reopen = () => {
    if (source?.readyState === EventSource.CLOSED && !stopping.signal.aborted) open();
  };
  channel.onmessage = ({
    data,
  }: MessageEvent<{ state?: LiveState; topics?: Topic[]; ask?: true; ended?: true; renewed?: true }>) => {
    if (data.ask && source) channel.postMessage({ state });
    if (data.state && !source) setState(data.state);
    if (data.topics) announce(data.topics);
    if (data.ended) for (const listener of endedListeners) listener();
    if (data.renewed) reopen();
  };
  const forgetRenewal = onProofRenewed(() => {
    reopen();
    channel.postMessage({ renewed: true });
  });
  const hold = () =>
    new Promise<void>((release) => {
      open();
      stopping.signal.addEventListener('abort', () => release());
    });
  // Browsers keep locks for pages that came safely; elsewhere each tab has its own stream.
  if (navigator.locks)
    void navigator.locks.request('gatehouse-live', { signal: stopping.signal }, hold).catch(() => undefined);
  else void hold();
  channel.postMessage({ ask: true });
  return () => {
    stopping.abort();
    forgetRenewal();
    source?.close();
    channel.close();
  };
}

/** Calls back when the desk says that the session of this browser has ended. @returns the way back */
export function onSessionEnded(listener: () => void): () => void {
  endedListeners.add(listener);
  return () => endedListeners.delete(listener);
}

/** Whether hints come in. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => state,
    () => 'connecting',
  );
}

/** Calls back, at most every second and a half, when one of the topics changed. */
export function useHints(topics: readonly Topic[], onHint: () => void): void {
  const latest = useRef(onHint);
  useEffect(() => {
    latest.current = onHint;
  });
  const wanted = topics.join(' ');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listener = (changed: readonly Topic[]) => {
      if (timer || !changed.some((topic) => wanted.split(' ').includes(topic))) return;
      timer = setTimeout(() => {
        timer = undefined;
        latest.current();
      }, 1_500);
    };
    listeners.add(listener);
    return () => {
      clearTimeout(timer);
      listeners.delete(listener);
    };
  }, [wanted]);
}
