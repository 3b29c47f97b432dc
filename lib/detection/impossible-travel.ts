import { z } from 'zod';
import { type Baseline, defineDetector } from '#lib/detection/definition.ts';
import { acquaintedBefore, judgeTrip } from '#lib/detection/judge-trip.ts';
import { inOrder } from '#lib/detection/sign-in-runs.ts';
import { type Fix, fixesOf, hasUsablePlace, placeName, type Trip, tripBetween } from '#lib/detection/trip.ts';
import type { Finding, HistoryEvent } from '#lib/model/detection.ts';
import type { JsonObject } from '#lib/model/event.ts';
import { severities } from '#lib/model/signal.ts';

const settings = z.object({
  distanceKmMin: z.number().positive().default(500),
  speedKmhMax: z.number().positive().default(1000),
  lookbackHours: z.number().positive().max(24).default(24),
  comparedSignIns: z.number().int().positive().max(20).default(5),
  radiusKmCity: z.number().nonnegative().default(50),
  radiusKmCountry: z.number().nonnegative().default(500),
  learningDays: z.number().nonnegative().default(14),
  learningSignIns: z.number().int().nonnegative().default(5),
});
type Settings = z.output<typeof settings>;

/** Impossible trips between the same two countries with no quiet day between; `back`: the first sign-in at the old place again. */
type Episode = { countries: string; trips: [Trip, ...Trip[]]; lastAt: number; back: Trip | null };

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
  interestedIn: hasUsablePlace,
  detect({ history, newEventIds, settings: limits, baseline }) {
    const events = inOrder(history);
    return episodesOf(fixesOf(events, limits), limits).flatMap((episode) => {
      const involved = [...episode.trips, ...(episode.back ? [episode.back] : [])].flatMap(({ from, to }) => [
        from,
        to,
      ]);
      if (!involved.some(({ event }) => newEventIds.has(event.id))) return [];
      return [toFinding(episode, events, limits, baseline)];
    });
  },
});

/** Walks the fixes in the order they happened; what cannot have been reached is never what later ones are compared with. */
function episodesOf(fixes: readonly Fix[], limits: Settings): Episode[] {
  const trusted: Fix[] = [];
  const episodes: Episode[] = [];
  const isOpen = (episode: Episode, fix: Fix) =>
    fix.event.occurredAt.getTime() - episode.lastAt <= limits.lookbackHours * 3_600_000;
  for (const fix of fixes) {
    const trip = fastestTrip(fix, trusted, limits);
    if (!trip) {
      trusted.push(fix);
      for (const episode of episodes) if (isOpen(episode, fix)) episode.back ??= tripBack(episode, fix);
      continue;
    }
    const countries = [trip.from, trip.to]
      .map(({ event }) => event.place.country ?? '?')
      .sort()
      .join('-');
    const open = episodes.find((episode) => episode.countries === countries && isOpen(episode, fix));
    if (open) {
      open.trips.push(trip);
      open.lastAt = fix.event.occurredAt.getTime();
    } else episodes.push({ countries, trips: [trip], lastAt: fix.event.occurredAt.getTime(), back: null });
  }
  return episodes;
}

/** The fastest impossible trip to this fix from one of the last trusted ones, or nothing. */
function fastestTrip(to: Fix, trusted: readonly Fix[], limits: Settings): Trip | null {
  let fastest: Trip | null = null;
  for (const from of trusted.slice(-limits.comparedSignIns)) {
    if (from.event.ip !== null && from.event.ip === to.event.ip) continue;
    const trip = tripBetween(from, to);
    if (
      trip.minutes <= limits.lookbackHours * 60 &&
      isImpossible(trip, limits) &&
      trip.speedKmh > (fastest?.speedKmh ?? 0)
    ) {
      fastest = trip;
    }
  }
  return fastest;
}

function isImpossible(trip: Trip, limits: Settings): boolean {
  return trip.effectiveKm > limits.distanceKmMin && trip.speedKmh > limits.speedKmhMax;
}

function tripBack({ trips: [first] }: Episode, fix: Fix): Trip | null {
  const back = tripBetween(first.to, fix);
  return tripBetween(first.from, fix).distanceKm < back.distanceKm ? back : null;
}

function toFinding(episode: Episode, history: readonly HistoryEvent[], limits: Settings, baseline: Baseline): Finding {
  const began = episode.trips[0].to.event;
  const judged = episode.trips.slice(0, 100).map((trip) => {
    const known = acquaintedBefore(began, trip.to.event, history, baseline);
    return { trip, known, ...judgeTrip(trip, known, limits) };
  });
  // The worst trip speaks for all: an attacker is not hidden by a person's own phone on the same route.
  const worst = judged.reduce((a, b) => (severities.indexOf(b.severity) > severities.indexOf(a.severity) ? b : a));
  const { trip, known, severity, explanations } = worst;
  const { from, to } = trip;
  if (episode.trips.length > 1) {
    explanations.push({ effect: 'raises', fact: `${episode.trips.length} sign-ins that cannot have been reached` });
  }
  if (episode.back) explanations.push(explainBack(episode.back, limits));
  const roles = new Map<HistoryEvent, string>([
    [from.event, 'from'],
    [to.event, 'to'],
  ]);
  for (const other of episode.trips.slice(0, 100)) if (!roles.has(other.to.event)) roles.set(other.to.event, 'again');
  if (episode.back && !roles.has(episode.back.to.event)) roles.set(episode.back.to.event, 'return');
  const events = inOrder([...roles.keys()]);
  const figure = (value: number) => Math.round(value).toLocaleString('en-US');
  return {
    detector: 'impossible-travel',
    // Countries and day, not an event: a late sign-in may change which end came first, and must not raise it a second time.
    key: `impossible-travel:${began.personId}:${episode.countries}:${began.occurredAt.toISOString().slice(0, 10)}`,
    severity,
    title: 'Impossible travel',
    summary:
      `${to.event.personLabel ?? 'Somebody'} signed in from ${placeName(to)} ${timeLater(trip.minutes)} ${placeName(from)}: ` +
      `${figure(trip.distanceKm)} km, at least ${figure(trip.speedKmh)} km/h once both places' error is taken off.`,
    personId: to.event.personId,
    sessionId: to.event.sessionId,
    ip: to.event.ip,
    firstAt: events[0]?.occurredAt ?? from.event.occurredAt,
    lastAt: events.at(-1)?.occurredAt ?? to.event.occurredAt,
    events: events.map((event) => ({ id: event.id, occurredAt: event.occurredAt, role: roles.get(event) ?? 'again' })),
    explanations,
    evidence: {
      from: side(from, acquaintedBefore(began, from.event, history, baseline).deviceSignIns),
      to: side(to, known.deviceSignIns),
      distanceKm: Math.round(trip.distanceKm),
      effectiveDistanceKm: Math.round(trip.effectiveKm),
      minutes: Math.round(trip.minutes * 10) / 10,
      speedKmh: Math.round(trip.speedKmh),
      signIns: episode.trips.length,
      sessionIds: [...new Set(judged.flatMap((one) => one.trip.to.event.sessionId ?? []))],
      return: episode.back ? side(episode.back.to, null) : null,
    },
  };
}

function explainBack(back: Trip, limits: Settings): Finding['explanations'][number] {
  const where = placeName(back.to);
  if (isImpossible(back, limits))
    return { effect: 'raises', fact: `Then signed in at ${where} again: two places in use at once` };
  return { effect: 'neutral', fact: `Later signed in at ${where} again, with time enough for the way` };
}

function side(fix: Fix, deviceSignIns: number | null): JsonObject {
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
    deviceSignIns,
    client: event.client,
    sessionId: event.sessionId,
  };
}

function timeLater(minutes: number): string {
  if (minutes < 1) return 'within a minute of';
  if (minutes < 120) return `${Math.round(minutes)} ${Math.round(minutes) === 1 ? 'minute' : 'minutes'} after`;
  return `${Math.round(minutes / 60)} hours after`;
}
