import clsx from 'clsx';
import type { ButtonHTMLAttributes } from 'react';

export type ButtonLook = 'primary' | 'secondary' | 'danger' | 'quiet';

/** How a button looks, for links that act like one: `<Link className={buttonClass('primary')}>`. */
export function buttonClass(look: ButtonLook = 'secondary', className?: string): string {
  return clsx(
    'inline-flex min-h-8 shrink-0 items-center justify-center gap-1.5 whitespace-nowrap rounded-md border px-3 font-medium text-sm motion-safe:transition-colors duration-100 disabled:opacity-60 pointer-coarse:min-h-11',
    look === 'primary' && 'border-transparent bg-accent text-on-accent hover:opacity-90',
    look === 'secondary' && 'border-line bg-paper hover:bg-raised',
    look === 'danger' && 'border-line bg-paper text-critical hover:border-critical hover:bg-raised',
    look === 'quiet' && 'border-transparent text-quiet hover:bg-raised hover:text-ink',
    className,
  );
}

/** A button says what it does with a verb; `danger` is for what cannot be taken back. */
export function Button({
  look = 'secondary',
  className,
  ...rest
}: ButtonHTMLAttributes<HTMLButtonElement> & { look?: ButtonLook }) {
  return <button type="button" className={buttonClass(look, className)} {...rest} />;
}
