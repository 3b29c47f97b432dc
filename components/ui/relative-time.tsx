/** A moment in words, the exact one (UTC) on hover. `now` comes from the server, so both sides say the same. */
export function RelativeTime({ at, now }: { at: string; now: string }) {
  return (
    <time
      dateTime={at}
      title={`${at.replace('T', ' ').replace(/\.\d+Z$/, '')} UTC`}
      className="whitespace-nowrap tabular-nums"
    >
      {words(new Date(now).getTime() - new Date(at).getTime())}
    </time>
  );
}

function words(ago: number): string {
  const seconds = Math.round(Math.abs(ago) / 1000);
  const [amount, unit] =
    seconds < 60
      ? [seconds, 's']
      : seconds < 3_600
        ? [Math.round(seconds / 60), 'min']
        : seconds < 86_400
          ? [Math.round(seconds / 3_600), 'h']
          : [Math.round(seconds / 86_400), 'd'];
  return ago >= 0 ? `${amount} ${unit} ago` : `in ${amount} ${unit}`;
}
