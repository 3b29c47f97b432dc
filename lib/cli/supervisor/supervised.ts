/** For the processes under the supervisor: says "ready", and ends when the supervisor is gone, so that nothing is left behind. */
export function underSupervisor(stop: () => Promise<void>): { ready(): void } {
  let stopping = false;
  const end = () => {
    if (stopping) return;
    stopping = true;
    // Work that hangs must not hold up the stop.
    setTimeout(() => process.exit(0), 6_000).unref();
    void stop().finally(() => process.exit(0));
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.on('disconnect', end);
  return { ready: () => process.send?.('ready') };
}
