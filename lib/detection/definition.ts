import type { z } from 'zod';
import type { Finding, HistoryEvent } from '#lib/model/detection.ts';

/** What is known beyond the history handed in: how long and how much a person has been seen, how often a device has. */
export type Baseline = {
  personFirstSeenAt(personId: string): Date | null;
  personSignIns(personId: string): number;
  deviceSignIns(deviceId: string): number;
  deviceFirstSeenAt(deviceId: string): Date | null;
};

/** Knows nothing beyond the history: for a backtest from an empty start, and for trying a detector by itself. */
export const noBaseline: Baseline = {
  personFirstSeenAt: () => null,
  personSignIns: () => 0,
  deviceSignIns: () => 0,
  deviceFirstSeenAt: () => null,
};

export type DetectorInput<Settings> = {
  /** Oldest first; covers the look-back before the new events, the new events, and what is already stored after them. */
  history: readonly HistoryEvent[];
  /** Events not looked at before. Findings without one of them are left out. */
  newEventIds: ReadonlySet<string>;
  settings: Settings;
  baseline: Baseline;
};

/**
 * A detector: pure (no clock, no I/O, no randomness), one file and one line in the registry. Looking at the same or more events
 * again gives findings with the same keys, so late and repeated events change a signal, never double it.
 */
export type Detector<Shape extends z.ZodType = z.ZodType> = {
  id: string;
  name: string;
  description: string;
  settings: Shape;
  /** What a history holds: one person's events, or one network's. */
  scope: 'person' | 'network';
  /** How far before and after a new event the history must reach for keys to be stable. */
  lookbackHours: number;
  /** False when the event cannot take part in a finding, so its arrival needs no look. */
  interestedIn(event: HistoryEvent): boolean;
  detect(input: DetectorInput<z.output<Shape>>): Finding[];
};

/** Declares a detector; gives its settings their types. */
export function defineDetector<Shape extends z.ZodType>(detector: Detector<Shape>): Detector<Shape> {
  return detector;
}
