import { incidents } from '#lib/demo/story/incidents.ts';
import { ordinaryDay } from '#lib/demo/story/ordinary-day.ts';
import type { StoryRecord } from '#lib/demo/story/provider-records.ts';

const dayMs = 86_400_000;
/** How many days the company had been there before the demo was first started. */
export const daysBefore = 20;

/**
 * Every record of the story after `from` and up to `until`, in the order of time. Ordinary days begin 20 days before the anchor (the
 * first start) and go on for as long as the demo is started; the incidents hang on the anchor. Deterministic, so that telling it
 * again adds nothing but what happened since.
 */
export function storyBetween(anchor: Date, from: Date, until: Date): StoryRecord[] {
  const begins = Math.max(from.getTime(), anchor.getTime() - daysBefore * dayMs);
  const records = incidents(anchor);
  // A day of the company reaches into the UTC day before and after it.
  for (let day = begins - dayMs; day <= until.getTime() + dayMs; day += dayMs)
    records.push(...ordinaryDay(new Date(day).toISOString().slice(0, 10)));
  return records
    .filter(({ at }) => at > from.getTime() && at >= begins && at <= until.getTime())
    .sort((a, b) => a.at - b.at);
}
