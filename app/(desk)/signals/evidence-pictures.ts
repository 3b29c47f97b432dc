import type { MapPoint } from '#components/map/world.ts';
import type { TimelineMark } from '#components/timeline/timeline.tsx';
import type { EventListRow } from '#lib/events/list-events.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { safeText } from '#lib/model/safe-text.ts';
import type { SignalEvent } from '#lib/signals/read-signal.ts';

const hours = 3_600_000;
const pointsMax = 12;

/** The places of the evidence, each once, in the order they came up, and the ways between one and the next. */
export function evidencePoints(events: readonly SignalEvent[]): { points: MapPoint[]; arcs: [string, string][] } {
  const points = new Map<string, MapPoint>();
  const order: string[] = [];
  for (const { latitude, longitude, city, country, radiusKm } of events) {
    if (latitude === null || longitude === null) continue;
    const id = `${latitude.toFixed(1)},${longitude.toFixed(1)}`;
    if (!points.has(id) && points.size < pointsMax) {
      // The city database knows no radius; fifty kilometres is what such a database is good for.
      const label = safeText([city, country].filter(Boolean).join(', ') || 'Unknown place');
      points.set(id, { id, latitude, longitude, radiusKm: radiusKm ?? 50, label });
    }
    if (points.has(id) && order.at(-1) !== id) order.push(id);
  }
  const ways = new Map<string, [string, string]>();
  for (const [at, id] of order.entries()) {
    const before = order[at - 1];
    if (before) ways.set([before, id].sort().join(' '), [before, id]);
  }
  return { points: [...points.values()], arcs: [...ways.values()] };
}

/** What the map shows, in a sentence with the figures of the finding. */
export function mapSentence(evidence: JsonObject, points: readonly MapPoint[]): string {
  const names = points.map(({ label, radiusKm }) => `${label} (± ${radiusKm} km)`).join(' and ');
  const { distanceKm, minutes } = evidence;
  if (typeof distanceKm !== 'number' || typeof minutes !== 'number') return `${names}.`;
  const figure = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return `${names}: ${figure(distanceKm)} km apart, ${figure(minutes)} minutes between.`;
}

/** A day before and a day after. */
export function timelineSpan(at: string): { from: string; to: string } {
  const middle = Date.parse(at);
  return { from: new Date(middle - 24 * hours).toISOString(), to: new Date(middle + 24 * hours).toISOString() };
}

export function timelineMarks(
  timeline: readonly EventListRow[],
  evidence: readonly SignalEvent[],
  placeOf: (place: { city: string | null; country: string | null }) => string,
): TimelineMark[] {
  const shown = new Set(evidence.map(({ id }) => id));
  const all = new Map([...timeline, ...evidence].map((event) => [event.id, event]));
  return [...all.values()].map((event) => ({
    id: event.id,
    at: event.occurredAt,
    lane: safeText(placeOf(event)),
    outcome: event.outcome === 'success' || event.outcome === 'failure' ? event.outcome : 'unknown',
    label: `${event.type.replaceAll('_', ' ')}, ${event.outcome}`,
    isEvidence: shown.has(event.id),
  }));
}
