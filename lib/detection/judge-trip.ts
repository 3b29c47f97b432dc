import type { Baseline } from '#lib/detection/definition.ts';
import { minutesFrom } from '#lib/detection/sign-in-runs.ts';
import { crossesBorder, type Trip } from '#lib/detection/trip.ts';
import type { Explanation, HistoryEvent } from '#lib/model/detection.ts';
import type { Severity } from '#lib/model/signal.ts';

/** What was known of the person and the device before the first suspicious sign-in. */
export type Acquaintance = { days: number; signIns: number; deviceSignIns: number | null };

/**
 * What was known before an event began, from the stored counts and the history, whichever knows more. The counts include
 * everything stored up to now, so what the history shows from the beginning on is taken off: an attacker's second sign-in does not
 * make the attacker's device a known one. `deviceSignIns` is null where the event names no device.
 */
export function acquaintedBefore(
  began: HistoryEvent,
  event: HistoryEvent,
  history: readonly HistoryEvent[],
  baseline: Baseline,
): Acquaintance {
  const signIns = history.filter(({ type, outcome }) => type === 'sign_in' && outcome === 'success');
  const before = (one: HistoryEvent) => minutesFrom(one, began) > 0;
  const count = (stored: number, among: readonly HistoryEvent[]) => {
    const earlier = among.filter(before).length;
    return Math.max(earlier, stored - (among.length - earlier));
  };
  const personId = event.personId ?? '';
  const firstSeen = Math.min(
    baseline.personFirstSeenAt(personId)?.getTime() ?? Number.POSITIVE_INFINITY,
    ...signIns.slice(0, 1).map(({ occurredAt }) => occurredAt.getTime()),
  );
  const { deviceId } = event;
  const onDevice = deviceId ? signIns.filter((one) => one.deviceId === deviceId) : [];
  const deviceIsOld =
    deviceId !== null && (baseline.deviceFirstSeenAt(deviceId) ?? began.occurredAt) < began.occurredAt;
  return {
    days: Number.isFinite(firstSeen) ? Math.max(0, (began.occurredAt.getTime() - firstSeen) / 86_400_000) : 0,
    signIns: Math.max(0, count(baseline.personSignIns(personId), signIns)),
    deviceSignIns: deviceId ? Math.max(0, count(deviceIsOld ? baseline.deviceSignIns(deviceId) : 0, onDevice)) : null,
  };
}

/** How bad an impossible trip is, and why: what raised it, what lowered it, what could not be checked. */
export function judgeTrip(
  trip: Trip,
  known: Acquaintance,
  limits: { speedKmhMax: number; distanceKmMin: number; learningDays: number; learningSignIns: number },
): { severity: Severity; explanations: Explanation[] } {
  const { from, to } = trip;
  const explanations: Explanation[] = [];
  const say = (effect: Explanation['effect'], fact: string) => explanations.push({ effect, fact });
  const figure = (value: number) => Math.round(value).toLocaleString('en-US');
  say(
    'raises',
    `${figure(trip.effectiveKm)} km between the places after taking off ± ${from.radiusKm} km and ± ${to.radiusKm} km; more than ${figure(limits.distanceKmMin)} km is judged`,
  );
  say(
    'raises',
    `That needs ${figure(trip.speedKmh)} km/h; nobody travels faster than ${figure(limits.speedKmhMax)} km/h`,
  );

  const crossed = crossesBorder(trip);
  const [fromCountry, toCountry] = [from.event.place.country, to.event.place.country];
  if (crossed) say('raises', `A border was crossed: ${fromCountry} → ${toCountry}`);
  else if (fromCountry && toCountry) say('lowers', `Both places are in ${toCountry}; no border was crossed`);
  else say('lowers', 'The country of one place is not known, so no border can be said to have been crossed');

  const device = to.event.deviceLabel ?? 'The device';
  const isNewDevice = known.deviceSignIns === 0;
  if (known.deviceSignIns === null) say('neutral', 'The record does not say which device it was');
  else if (isNewDevice) say('raises', `${device} was never seen with this person before`);
  else
    say(
      'lowers',
      `${device} is known: ${known.deviceSignIns} ${known.deviceSignIns === 1 ? 'sign-in' : 'sign-ins'} before`,
    );
  say('neutral', 'VPN unknown: no list of VPN or hosting networks is configured, so none could explain it');

  if (to.event.deviceIsStrong && to.event.deviceId !== null && to.event.deviceId === from.event.deviceId) {
    say('lowers', 'The same registered device at both ends: its network moved, not the person');
    return { severity: 'info', explanations };
  }
  const severity: Severity = crossed ? 'high' : isNewDevice ? 'medium' : 'low';
  if (known.signIns >= limits.learningSignIns && known.days >= limits.learningDays) return { severity, explanations };
  say(
    'lowers',
    `Still learning: ${known.signIns} sign-ins in ${Math.floor(known.days)} days; high needs ${limits.learningSignIns} sign-ins and ${limits.learningDays} days`,
  );
  return { severity: severity === 'high' ? 'medium' : severity, explanations };
}
