const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** A span in plain words, the two largest units at most: "1 d 2 h", "15 min", "40 s". Seconds. */
export function durationWords(seconds: number): string {
  let left = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const amount = Math.floor(left / size);
    if (amount > 0) parts.push(`${amount} ${unit}`);
    left -= amount * size;
    // A second unit says more only right below the first: "1 d 2 h", never "1 d 3 s".
    if (parts.length === 2 || (parts.length === 1 && amount === 0)) break;
  }
  return parts.join(' ') || '0 s';
}

/** A span to the second, as `secondsOf` reads it: "1 d 2 h 3 s". Whole seconds, from 0 on. */
export function exactDuration(seconds: number): string {
  let left = seconds;
  const parts = units.flatMap(([unit, size]) => {
    const amount = Math.floor(left / size);
    left -= amount * size;
    return amount > 0 ? [`${amount} ${unit}`] : [];
  });
  return parts.join(' ') || '0 s';
}

/** The seconds of a span as people write it ("1 d", "12h", "1 h 30 min"); `null` when it is not one. */
export function secondsOf(words: string): number | null {
  if (!/^(\s*\d{1,9}\s*(d|h|min|s)\s*)+$/i.test(words)) return null;
  const sizes: Record<string, number> = Object.fromEntries(units);
  let seconds = 0;
  for (const [, amount, unit] of words.matchAll(/(\d+)\s*(d|h|min|s)/gi))
    seconds += Number(amount) * (sizes[(unit ?? '').toLowerCase()] ?? 0);
  return seconds;
}
