/**
 * A named place where a test can make this process fail: `FAILPOINTS=name:kill|throw` with `APP_FAILPOINTS=1`.
 * Without both it does nothing. `kill` is SIGKILL: no handler runs, as in a crash.
 */
export function failpoint(name: string): void {
  if (process.env.APP_FAILPOINTS !== '1') return;
  const wanted = (process.env.FAILPOINTS ?? '').split(',').find((entry) => entry.startsWith(`${name}:`));
  if (!wanted) return;
  if (wanted.endsWith(':kill')) process.kill(process.pid, 'SIGKILL');
  if (wanted.endsWith(':throw')) throw new Error(`failpoint ${name}`);
}
