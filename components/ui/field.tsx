'use client';

import clsx from 'clsx';
import {
  type InputHTMLAttributes,
  type ReactNode,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
  useId,
} from 'react';

type Around = { label: string; hint?: ReactNode; problem?: string | undefined; className?: string };
type Wired = { id: string; 'aria-describedby'?: string; 'aria-invalid'?: true };

/** Label, control, hint and problem, tied together for screen readers. Every control below is one of these. */
function Around({ label, hint, problem, className, children }: Around & { children: (wired: Wired) => ReactNode }) {
  const id = useId();
  const described = [hint ? `${id}-hint` : '', problem ? `${id}-problem` : ''].filter(Boolean).join(' ');
  return (
    <div className={clsx('flex flex-col gap-1', className)}>
      <label htmlFor={id} className="font-medium text-sm">
        {label}
      </label>
      {children({
        id,
        ...(described ? { 'aria-describedby': described } : {}),
        ...(problem ? { 'aria-invalid': true as const } : {}),
      })}
      {hint ? (
        <p id={`${id}-hint`} className="text-quiet text-xs">
          {hint}
        </p>
      ) : null}
      {problem ? (
        <p id={`${id}-problem`} className="text-critical text-sm">
          {problem}
        </p>
      ) : null}
    </div>
  );
}

/** One line of text. */
export function Field({ label, hint, problem, className, ...input }: Around & InputHTMLAttributes<HTMLInputElement>) {
  return (
    <Around label={label} hint={hint} problem={problem} {...(className ? { className } : {})}>
      {(wired) => <input className="control" {...input} {...wired} />}
    </Around>
  );
}

/** Several lines of text. */
export function TextArea({
  label,
  hint,
  problem,
  className,
  ...input
}: Around & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  return (
    <Around label={label} hint={hint} problem={problem} {...(className ? { className } : {})}>
      {(wired) => <textarea className="control" rows={3} {...input} {...wired} />}
    </Around>
  );
}

/** One of a few. The browser's own select: it works with every keyboard, phone and reader. */
export function Select({
  label,
  hint,
  problem,
  className,
  options,
  ...input
}: Around & SelectHTMLAttributes<HTMLSelectElement> & { options: readonly { value: string; label: string }[] }) {
  return (
    <Around label={label} hint={hint} problem={problem} {...(className ? { className } : {})}>
      {(wired) => (
        <select className="control" {...input} {...wired}>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Around>
  );
}

/** A yes or no, with its words beside it. */
export function Checkbox({
  label,
  hint,
  className,
  ...input
}: Omit<Around, 'problem'> & Omit<InputHTMLAttributes<HTMLInputElement>, 'type'>) {
  const id = useId();
  return (
    <div className={clsx('flex gap-2', className)}>
      <input
        type="checkbox"
        id={id}
        className="mt-0.5 size-4 shrink-0 accent-accent pointer-coarse:size-6"
        {...(hint ? { 'aria-describedby': `${id}-hint` } : {})}
        {...input}
      />
      <div>
        <label htmlFor={id} className="text-sm">
          {label}
        </label>
        {hint ? (
          <p id={`${id}-hint`} className="text-quiet text-xs">
            {hint}
          </p>
        ) : null}
      </div>
    </div>
  );
}
