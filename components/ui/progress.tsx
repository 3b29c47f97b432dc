/** How far something is: words first, the bar repeats them. `total` null: it runs, and how long is not known. */
export function Progress({ label, done, total }: { label: string; done: number; total: number | null }) {
  const part = total ? Math.min(1, done / total) : 0;
  return (
    <div>
      <div className="mb-1 flex justify-between gap-4 text-sm">
        <span>{label}</span>
        <span className="text-quiet tabular-nums">
          {done.toLocaleString('en-US')}
          {total === null ? '' : ` of ${total.toLocaleString('en-US')}`}
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        {...(total === null ? {} : { 'aria-valuenow': done, 'aria-valuemax': total })}
        className="h-1.5 overflow-hidden rounded-sm bg-raised"
      >
        <div
          className="h-full bg-accent motion-safe:transition-[width] duration-100"
          style={{ width: `${part * 100}%` }}
        />
      </div>
    </div>
  );
}
