/** A span in plain words, the two largest units at most: "1 d 2 h", "15 min", "40 s". Seconds. */
export function durationWords(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ] as const;
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
