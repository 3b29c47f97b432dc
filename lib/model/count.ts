/** A count that is exact up to a cap, and says so beyond it. */
export type CappedCount = { n: number; isCapped: boolean };

/** The count with its noun: "1 event", "more than 10,000 events". */
export function countWords({ n, isCapped }: CappedCount, noun: { one: string; many: string }): string {
  return `${isCapped ? 'more than ' : ''}${n.toLocaleString('en-US')} ${n === 1 && !isCapped ? noun.one : noun.many}`;
}
