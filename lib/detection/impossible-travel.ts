import { z } from 'zod';
import { type Baseline, defineDetector } from '#lib/detection/definition.ts';
import { distanceKm } from '#lib/detection/great-circle.ts';
import type { Explanation, Finding, HistoryEvent } from '#lib/model/detection.ts';
import type { JsonObject } from '#lib/model/event.ts';
import type { Severity } from '#lib/model/signal.ts';

const settings = z.object({
  distanceKmMin: z.number().positive().default(500),
  speedKmhMax: z.number().positive().default(1000),
  lookbackHours: z.number().positive().max(72).default(24),
  comparedSignIns: z.number().int().positive().max(20).default(5),
  radiusKmCity: z.number().nonnegative().default(50),
  radiusKmCountry: z.number().nonnegative().default(500),
  learningDays: z.number().nonnegative().default(14),
  learningSignIns: z.number().int().nonnegative().default(5),
});
type Settings = z.output<typeof settings>;

type Fix = { event: HistoryEvent; latitude: number; longitude: number; radiusKm: number };
type Trip = { from: Fix; to: Fix; distance: number; effective: number; minutes: number; speed: number };

/**
 * Two successful interactive sign-ins of one person, farther apart than anybody travels in the time between. Distances are
 * shortened by both accuracy radii before they are judged, because the error of the place data is the false-positive engine.
 * The place a trip led to never becomes where the person "is": a later sign-in that fits the places before the trip is the
 * owner's and belongs to the same finding, so A → B → A is one signal and not two.
 */
export const impossibleTravel = defineDetector({
  id: 'impossible-travel',
  name: 'Impossible travel',
  description: 'One person signed in from two places too far apart for the time between.',
  settings,
  scope: 'person',
  lookbackHours: 24,
  detect({ history, newEventIds, settings: limits, baseline }) {
    const fixes = history.flatMap((event) => toFix(event, limits));
    const trusted: Fix[] = [];
    const suspects: { trip: Trip; events: Fix[]; returned: Fix | null }[] = [];
    for (const fix of fixes) {
      const trip = worstTrip(fix, trusted, limits);
      if (!trip) {
        trusted.push(fix);
        for (const suspect of suspects) suspect.returned ??= leadsBack(suspect.trip, fix) ? fix : null;
        continue;
      }
      // Another sign-in at a place already found out belongs to the same finding.
      const known = suspects.find(
        (suspect) => hoursBetween(suspect.trip.to, fix) <= limits.lookbackHours && distanceKm(suspect.trip.to, fix) <= limits.distanceKmMin,
      );
      if (known) known.events.push(fix);
      else suspects.push({ trip, events: [fix], returned: null });
    }
    return suspects.flatMap(({ trip, events, returned }) => {
      const involved = [trip.from, ...events, ...(returned ? [returned] : [])];
      if (!involved.some(({ event }) => newEventIds.has(event.id))) return [];
      return [toFinding(trip, events, returned, limits, baseline)];
    });
  },
});

function toFix(event: HistoryEvent, limits: Settings): Fix[] {
  const { place } = event;
  if (event.type !== 'sign_in' || event.outcome !== 'success' || !event.interactive || !event.personId) return [];
  if (place.latitude === null || place.longitude === null || Number.isNaN(event.occurredAt.getTime())) return [];
  const radiusKm = place.radiusKm ?? (place.city ? limits.radiusKmCity : limits.radiusKmCountry);
  return [{ event, latitude: place.latitude, longitude: place.longitude, radiusKm }];
}

/** The fastest impossible trip to this fix from one of the last trusted ones, or nothing. */
function worstTrip(to: Fix, trusted: readonly Fix[], limits: Settings): Trip | null {
  const recent = trusted.filter((from) => hoursBetween(from, to) <= limits.lookbackHours).slice(-limits.comparedSignIns);
  let worst: Trip | null = null;
  for (const from of recent) {
    if (from.event.ip !== null && from.event.ip === to.event.ip) continue;
    const distance = distanceKm(from, to);
    const effective = Math.max(0, distance - from.radiusKm - to.radiusKm);
    const minutes = Math.abs(to.event.occurredAt.getTime() - from.event.occurredAt.getTime()) / 60_000;
    const speed = effective / (Math.max(1, minutes) / 60);
    if (effective > limits.distanceKmMin && speed > limits.speedKmhMax && (!worst || speed > worst.speed)) worst = { from, to, distance, effective, minutes, speed };
  }
  return worst;
}

function leadsBack(trip: Trip, fix: Fix): boolean {
  return distanceKm(trip.from, fix) < distanceKm(trip.to, fix);
}

function hoursBetween(a: Fix, b: Fix): number {
  return Math.abs(b.event.occurredAt.getTime() - a.event.occurredAt.getTime()) / 3_600_000;
}

function toFinding(trip: Trip, events: Fix[], returned: Fix | null, limits: Settings, baseline: Baseline): Finding {
  const { from, to } = trip;
  const who = to.event.personLabel ?? 'Somebody';
  const { severity, explanations } = judge(trip, limits, baseline);
  if (returned) explanations.push({ fact: `Afterwards signed in at ${cityOf(returned)} again: two places in use at once`, effect: 'raises' });
  if (events.length > 1) explanations.push({ fact: `${events.length} sign-ins at ${cityOf(to)}`, effect: 'raises' });
  const involved = [from, ...events, ...(returned ? [returned] : [])];
  const last = involved.at(-1) ?? to;
  return {
    detector: 'impossible-travel',
    key: `impossible-travel:${to.event.personId}:${to.event.id}`,
    severity,
    title: 'Impossible travel',
    summary:
      `${who} signed in from ${cityOf(to)} ${words(trip.minutes)} after ${cityOf(from)}: ` +
      `${round(trip.distance)} km, at least ${round(trip.speed)} km/h once both places' error is taken off.`,
    personId: to.event.personId,
    sessionId: to.event.sessionId,
    ip: to.event.ip,
    firstAt: from.event.occurredAt,
    lastAt: last.event.occurredAt,
    events: [
      { id: from.event.id, occurredAt: from.event.occurredAt, role: 'from' },
      ...events.map(({ event }) => ({ id: event.id, occurredAt: event.occurredAt, role: event.id === to.event.id ? 'to' : 'again' })),
      ...(returned ? [{ id: returned.event.id, occurredAt: returned.event.occurredAt, role: 'return' }] : []),
    ],
    explanations,
    evidence: {
      from: side(from, baseline),
      to: side(to, baseline),
      distanceKm: Math.round(trip.distance),
      effectiveDistanceKm: Math.round(trip.effective),
      minutes: Math.round(trip.minutes),
      speedKmh: Math.round(trip.speed),
    },
  };
}

function judge(trip: Trip, limits: Settings, baseline: Baseline): { severity: Severity; explanations: Explanation[] } {
  const { from, to } = trip;
  const explanations: Explanation[] = [];
  const say = (effect: Explanation['effect'], fact: string) => explanations.push({ effect, fact });
  const crossed = from.event.place.country !== to.event.place.country;
  const earlier = to.event.deviceId ? signInsBefore(to, baseline) : 0;
  const newDevice = earlier === 0;
  say('raises', `${round(trip.effective)} km between the places after taking off ± ${from.radiusKm} km and ± ${to.radiusKm} km`);
  if (crossed) say('raises', `A border was crossed: ${from.event.place.country ?? '?'} → ${to.event.place.country ?? '?'}`);
  else say('lowers', `Both places are in ${to.event.place.country ?? 'the same country'}`);
  if (newDevice) say('raises', `${to.event.deviceLabel ?? 'The device'} was never seen with this person before`);
  else say('lowers', `${to.event.deviceLabel ?? 'The device'} is known: ${earlier} sign-ins`);
  say('neutral', 'No list of VPN or hosting networks is configured, so none could explain it');
  let severity: Severity = crossed ? 'high' : newDevice ? 'medium' : 'low';
  if (to.event.deviceIsStrong && to.event.deviceId === from.event.deviceId) {
    say('lowers', 'The same registered device at both ends: its network moved, not the person');
    return { severity: 'info', explanations };
  }
  const personId = to.event.personId ?? '';
  const firstSeen = baseline.personFirstSeenAt(personId);
  const days = firstSeen ? (to.event.occurredAt.getTime() - firstSeen.getTime()) / 86_400_000 : 0;
  if (days < limits.learningDays && baseline.personSignIns(personId) < limits.learningSignIns) {
    say('lowers', `Still learning: ${baseline.personSignIns(personId)} sign-ins in ${Math.floor(days)} days are too few to be sure`);
    if (severity === 'high') severity = 'medium';
  }
  return { severity, explanations };
}

/** Sign-ins of the destination's device before this trip: the stored count, unless the device was first seen by the trip itself. */
function signInsBefore(to: Fix, baseline: Baseline): number {
  const firstSeen = to.event.deviceId ? baseline.deviceFirstSeenAt(to.event.deviceId) : null;
  if (!to.event.deviceId || !firstSeen || firstSeen >= to.event.occurredAt) return 0;
  return Math.max(1, baseline.deviceSignIns(to.event.deviceId) - 1);
}

function side(fix: Fix, baseline: Baseline): JsonObject {
  const { event } = fix;
  return {
    eventId: event.id,
    at: event.occurredAt.toISOString(),
    city: event.place.city,
    country: event.place.country,
    latitude: fix.latitude,
    longitude: fix.longitude,
    radiusKm: fix.radiusKm,
    ip: event.ip,
    device: event.deviceLabel,
    deviceSignIns: event.deviceId ? baseline.deviceSignIns(event.deviceId) : null,
    client: event.client,
    sessionId: event.sessionId,
  };
}

function cityOf(fix: Fix): string {
  const { city, country } = fix.event.place;
  return [city, country].filter(Boolean).join(', ') || 'an unknown place';
}

function round(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function words(minutes: number): string {
  if (minutes < 1) return 'within a minute';
  if (minutes < 120) return `${Math.round(minutes)} minutes`;
  return `${Math.round(minutes / 60)} hours`;
}
