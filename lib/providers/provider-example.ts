import type { JsonObject, MappedEvent, PersonRef } from '#lib/model/event.ts';

/** A record as a provider sends it, and the part of its event that matters. Written for tests and documentation. */
export type ProviderExample = {
  name: string;
  record: JsonObject;
  expected: Partial<Omit<MappedEvent, 'person' | 'occurredAt'>> & { at: string; person?: Partial<PersonRef> | null };
};
