import clsx from 'clsx';
import type { ButtonHTMLAttributes } from 'react';

type Look = 'primary' | 'secondary' | 'danger' | 'quiet';

/** A button says what it does with a verb; `danger` is for what cannot be taken back. */
export function Button({
  look = 'secondary',
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: Look }) {
  return (
    <button
      type="button"
      className={clsx(
        'inline-flex min-h-8 items-center justify-center rounded-md px-3 text-[13px] font-medium disabled:opacity-60 pointer-coarse:min-h-11',
        look === 'primary' && 'bg-accent text-on-accent',
        look === 'secondary' && 'border border-line bg-paper hover:bg-raised',
        look === 'danger' && 'border border-critical text-critical hover:bg-raised',
        look === 'quiet' && 'text-quiet hover:bg-raised',
        className,
      )}
      {...rest}
    />
  );
}
