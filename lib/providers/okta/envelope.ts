import { RecordRejected } from '#lib/providers/definition.ts';
import type { RecordReader } from '#lib/providers/record-reader.ts';

/**
 * The event itself: event hooks carry it under `data.events`, EventBridge under `detail`.
 * @throws RecordRejected `envelope` for a hook with several events, which are to be sent one by one.
 */
export function unwrap(outer: RecordReader): RecordReader {
  if (outer.text('eventType')?.startsWith('com.okta.event_hook') || outer.has('data.events')) {
    const [only, ...more] = outer.list('data.events');
    if (!only || more.length > 0) {
      throw new RecordRejected(
        'envelope',
        'This is an Okta event hook delivery; send the entries of "data.events" as records of their own.',
      );
    }
    return only;
  }
  const inner = outer.child('detail');
  return !outer.has('eventType') && inner.has('eventType') ? inner : outer;
}

/** Okta writes "unknown" where it has nothing. */
export function known(text: string | null): string | null {
  return text === null || /^(unknown|null|n\/a|-)$/i.test(text.trim()) ? null : text;
}
