import { minutesFrom } from '#lib/detection/sign-in-runs.ts';
import type { HistoryEvent } from '#lib/model/detection.ts';

export type SprayLimits = {
  peopleMin: number;
  windowMinutes: number;
  failuresPerPersonMax: number;
  namelessFailuresPerPerson: number;
};

/**
 * The credential failures (oldest first) that lie in a window which looks like a spray: enough people, none of them often, and more
 * people failing than succeeding. People who fail more often than the limit are guessed at or have a stale password; they are not
 * counted, and do not hide the others. Failures that name nobody count as one person for every few, since one person mistyping an
 * unknown name again and again is no spray.
 */
export function sprayFailures(
  failures: readonly HistoryEvent[],
  successes: readonly HistoryEvent[],
  limits: SprayLimits,
): HistoryEvent[] {
  const failed = new Tally();
  const succeeded = new Tally();
  const found = new Set<HistoryEvent>();
  let left = 0;
  let [nextSuccess, leftSuccess] = [0, 0];
  failures.forEach((failure, at) => {
    failed.add(failure.personId);
    for (let old = failures[left]; old && minutesFrom(old, failure) > limits.windowMinutes; old = failures[left]) {
      failed.remove(old.personId);
      left += 1;
    }
    for (let next = successes[nextSuccess]; next && minutesFrom(failure, next) <= 0; next = successes[nextSuccess]) {
      succeeded.add(next.personId);
      nextSuccess += 1;
    }
    for (
      let old = successes[leftSuccess];
      old && leftSuccess < nextSuccess && minutesFrom(old, failure) > limits.windowMinutes;
      old = successes[leftSuccess]
    ) {
      succeeded.remove(old.personId);
      leftSuccess += 1;
    }
    const nameless = Math.ceil(failed.nameless / limits.namelessFailuresPerPerson);
    const people = failed.peopleUpTo(limits.failuresPerPersonMax) + nameless;
    if (people < limits.peopleMin || people <= succeeded.people) return;
    // Only what no earlier window has added: each failure is looked at once, however dense the attack.
    for (let index = at; index >= left; index -= 1) {
      const event = failures[index];
      if (!event || found.has(event)) break;
      found.add(event);
    }
  });
  return failures.filter((event) => found.has(event));
}

/** How often each person occurs, and how many occur how often, kept current at constant cost. */
class Tally {
  nameless = 0;
  private readonly counts = new Map<string, number>();
  private readonly peopleByCount = new Map<number, number>();

  get people(): number {
    return this.counts.size;
  }

  add(personId: string | null): void {
    this.change(personId, 1);
  }

  remove(personId: string | null): void {
    this.change(personId, -1);
  }

  /** People who occur at most this often. */
  peopleUpTo(max: number): number {
    let people = 0;
    for (let count = 1; count <= max; count += 1) people += this.peopleByCount.get(count) ?? 0;
    return people;
  }

  private change(personId: string | null, by: 1 | -1): void {
    if (personId === null) {
      this.nameless += by;
      return;
    }
    const before = this.counts.get(personId) ?? 0;
    const after = before + by;
    if (before > 0) this.peopleByCount.set(before, (this.peopleByCount.get(before) ?? 1) - 1);
    if (after > 0) {
      this.counts.set(personId, after);
      this.peopleByCount.set(after, (this.peopleByCount.get(after) ?? 0) + 1);
    } else this.counts.delete(personId);
  }
}
