import type { AccountType, EventType, FailureReason, JsonObject, Outcome } from '#lib/model/event.ts';
import type { Severity } from '#lib/model/signal.ts';

/** A place as the city database knows it. `radiusKm` is the accuracy radius, `null` where the database has none. */
export type Place = {
  country: string | null;
  region: string | null;
  city: string | null;
  latitude: number | null;
  longitude: number | null;
  radiusKm: number | null;
};

/** A stored event as detectors see it: ids, times (UTC), place and device, nothing that needs a query. */
export type HistoryEvent = {
  id: string;
  occurredAt: Date;
  type: EventType;
  outcome: Outcome;
  reason: FailureReason | null;
  interactive: boolean;
  personId: string | null;
  personLabel: string | null;
  accountType: AccountType;
  sessionId: string | null;
  deviceId: string | null;
  deviceLabel: string | null;
  /** True when the device id is the provider's own, not a fingerprint of the user agent. */
  deviceIsStrong: boolean;
  client: string | null;
  ip: string | null;
  userAgent: string | null;
  place: Place;
};

/** One reason why a finding was raised, lowered or not suppressed; plain words an analyst reads. */
export type Explanation = { fact: string; effect: 'raises' | 'lowers' | 'neutral' };

/** What a detector returns. The same finding found twice has the same `key`, so it becomes one signal. */
export type Finding = {
  detector: string;
  /** Stable identity of the finding within the tenant, e.g. `impossible-travel:<personId>:<eventId>`. */
  key: string;
  severity: Severity;
  title: string;
  /** One sentence with the figures. */
  summary: string;
  personId: string | null;
  sessionId: string | null;
  ip: string | null;
  /** When it happened, from the first to the last event of the evidence. */
  firstAt: Date;
  lastAt: Date;
  /** The events that show it, oldest first, with the part each plays. */
  events: { id: string; occurredAt: Date; role: string }[];
  explanations: Explanation[];
  /** Figures for the detail screen: distances in km, speeds in km/h, counts. */
  evidence: JsonObject;
};
