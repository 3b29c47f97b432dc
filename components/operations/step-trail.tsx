import clsx from 'clsx';

const steps = ['Scope', 'Rehearsal', 'Signatures', 'Progress'] as const;

/** Where one is on the way of a destructive act. Four addresses; each says which one it is. */
export function StepTrail({ at }: { at: (typeof steps)[number] }) {
  const current = steps.indexOf(at);
  return (
    <ol aria-label="Steps" className="mb-4 flex flex-wrap gap-x-2 gap-y-1 text-sm">
      {steps.map((step, index) => (
        <li
          key={step}
          aria-current={index === current ? 'step' : undefined}
          className={clsx('flex items-center gap-2', index === current ? 'font-medium text-ink' : 'text-quiet')}
        >
          <span
            className={clsx(
              'inline-flex size-5 items-center justify-center rounded-full border text-xs tabular-nums',
              index === current ? 'border-accent bg-accent text-on-accent' : 'border-line',
            )}
          >
            {index + 1}
          </span>
          {step}
          {index < steps.length - 1 ? <span aria-hidden="true">›</span> : null}
        </li>
      ))}
    </ol>
  );
}
