import type { Baseline, Detector } from '#lib/detection/definition.ts';
import { networkOf } from '#lib/detection/network-of.ts';
import type { Finding, HistoryEvent } from '#lib/model/detection.ts';

/**
 * Runs detectors over loaded history: by person or by network as each asks, and only for those a new event touches. Pure.
 * @param history every event of the touched people and networks, in any order, each once
 * @param settings by detector id, already parsed; a detector without an entry runs on its defaults
 * @returns one finding a key
 */
export function runDetectors(input: {
  detectors: readonly Detector[];
  history: readonly HistoryEvent[];
  newEventIds: ReadonlySet<string>;
  baseline: Baseline;
  settings?: ReadonlyMap<string, unknown>;
}): Finding[] {
  const { detectors, history, newEventIds, baseline } = input;
  const findings = new Map<string, Finding>();
  for (const scope of ['person', 'network'] as const) {
    const scoped = detectors.filter((detector) => detector.scope === scope);
    if (scoped.length === 0) continue;
    for (const part of groupBySubject(history, scope === 'person' ? personOf : sourceOf)) {
      const arrived = part.filter((event) => newEventIds.has(event.id));
      for (const detector of scoped) {
        if (!arrived.some((event) => detector.interestedIn(event))) continue;
        const settings = input.settings?.get(detector.id) ?? detector.settings.parse({});
        const found = detector.detect({ history: part, newEventIds, settings, baseline });
        for (const finding of found) findings.set(finding.key, finding);
      }
    }
  }
  return [...findings.values()];
}

function personOf(event: HistoryEvent): string | null {
  return event.personId;
}

function sourceOf(event: HistoryEvent): string | null {
  return event.ip && networkOf(event.ip);
}

/** Events in groups by person or network, in their order; those of nobody or nowhere are in none. */
function groupBySubject(
  events: readonly HistoryEvent[],
  subjectOf: (event: HistoryEvent) => string | null,
): HistoryEvent[][] {
  const groups = new Map<string, HistoryEvent[]>();
  for (const event of events) {
    const subject = subjectOf(event);
    if (subject === null) continue;
    const group = groups.get(subject);
    if (group) group.push(event);
    else groups.set(subject, [event]);
  }
  return [...groups.values()];
}
