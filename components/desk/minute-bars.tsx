/** Events a minute over the last hour, a bar a minute. The words beside it say the same; the picture only shows its shape. */
export function MinuteBars({ minutes, now }: { minutes: readonly { at: string; stored: number }[]; now: string }) {
  const end = Math.floor(Date.parse(now) / 60_000);
  const byMinute = new Map(minutes.map(({ at, stored }) => [Math.floor(Date.parse(at) / 60_000), stored]));
  const bars = Array.from({ length: 60 }, (_, back) => ({
    minute: end - 59 + back,
    stored: byMinute.get(end - 59 + back) ?? 0,
  }));
  const most = Math.max(1, ...bars.map(({ stored }) => stored));
  const total = bars.reduce((sum, { stored }) => sum + stored, 0);
  return (
    <svg
      viewBox="0 0 300 48"
      role="img"
      aria-label={`${total.toLocaleString('en-US')} events in the last hour, at most ${most.toLocaleString('en-US')} in a minute`}
      className="h-12 w-full max-w-md text-accent"
      preserveAspectRatio="none"
    >
      <line x1="0" y1="47.5" x2="300" y2="47.5" stroke="currentColor" strokeOpacity="0.3" />
      {bars.map(({ minute, stored }, index) =>
        stored > 0 ? (
          <rect
            key={minute}
            x={index * 5 + 0.5}
            width="4"
            y={47 - Math.max(2, (stored / most) * 45)}
            height={Math.max(2, (stored / most) * 45)}
            fill="currentColor"
          />
        ) : null,
      )}
    </svg>
  );
}
