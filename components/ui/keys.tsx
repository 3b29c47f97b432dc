/** A key or a sequence of keys as people press them: "g s" is g, then s. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-1">
      {keys.split(' ').map((key) => (
        <kbd
          key={key}
          className="inline-flex min-w-5 items-center justify-center rounded-sm border border-line bg-raised px-1 font-mono text-[11px] text-quiet leading-[18px]"
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
