import { distanceKm } from '#lib/detection/great-circle.ts';
import { isSuccessfulSignIn, minutesFrom } from '#lib/detection/sign-in-runs.ts';
import type { HistoryEvent } from '#lib/model/detection.ts';

/** A sign-in with a usable place: where, and how far the place may be off. */
export type Fix = { event: HistoryEvent; latitude: number; longitude: number; radiusKm: number };

/** What lies between two fixes. `effectiveKm`: the distance with both radii taken off; `speedKmh` is needed for that much. */
export type Trip = { from: Fix; to: Fix; distanceKm: number; effectiveKm: number; minutes: number; speedKmh: number };

export type Radii = { radiusKmCity: number; radiusKmCountry: number };

/** Whether an event says where its person was: a person signed in, at coordinates that exist. */
export function hasUsablePlace(event: HistoryEvent): boolean {
  const { latitude, longitude } = event.place;
  if (!isSuccessfulSignIn(event) || !event.personId || latitude === null || longitude === null) return false;
  // 0° N 0° E is what databases say for "do not know"; nobody signs in from there.
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && (latitude !== 0 || longitude !== 0);
}

/** The fixes among events, in their order. Where the database has no accuracy radius, what it does know decides. */
export function fixesOf(events: readonly HistoryEvent[], radii: Radii): Fix[] {
  return events.flatMap((event) => {
    const { latitude, longitude, city, radiusKm } = event.place;
    if (!hasUsablePlace(event) || latitude === null || longitude === null) return [];
    return [{ event, latitude, longitude, radiusKm: radiusKm ?? (city ? radii.radiusKmCity : radii.radiusKmCountry) }];
  });
}

/** The trip between two fixes; the same figures in either direction. Less than a minute counts as one. */
export function tripBetween(from: Fix, to: Fix): Trip {
  const distance = distanceKm(from, to);
  const effectiveKm = Math.max(0, distance - (from.radiusKm + to.radiusKm));
  const minutes = Math.abs(minutesFrom(from.event, to.event));
  return { from, to, distanceKm: distance, effectiveKm, minutes, speedKmh: effectiveKm / (Math.max(1, minutes) / 60) };
}

/** A fix in words: "Sydney, AU". */
export function placeName(fix: Fix): string {
  const { city, country } = fix.event.place;
  return [city, country].filter(Boolean).join(', ') || 'an unknown place';
}

/** A border between two known countries; an unknown country is no other country. */
export function crossesBorder({ from, to }: Trip): boolean {
  const [a, b] = [from.event.place.country, to.event.place.country];
  return a !== null && b !== null && a !== b;
}
