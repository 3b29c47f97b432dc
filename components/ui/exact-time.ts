/** 2026-11-24 09:00:00 UTC */
export function exactTime(at: string): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`;
}
