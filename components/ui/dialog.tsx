'use client';

import clsx from 'clsx';
import { Dialog as Primitive } from 'radix-ui';
import type { ReactNode } from 'react';
import { Button } from '#components/ui/button.tsx';

/**
 * A question over the page: it traps the focus, Escape closes it, and the focus goes back to what opened it.
 * `acts` stand at the right below, the way out first.
 */
export function Dialog({
  open,
  onOpenChange,
  title,
  description,
  children,
  acts,
  wide = false,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  children?: ReactNode;
  acts?: ReactNode;
  wide?: boolean;
}) {
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <Primitive.Overlay className="overlay" />
        <Primitive.Content
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={clsx(
            'pop rise fixed inset-x-4 top-[10vh] z-50 mx-auto flex max-h-[80vh] flex-col gap-4 overflow-y-auto p-5',
            wide ? 'max-w-3xl' : 'max-w-md',
          )}
        >
          <div className="flex items-start gap-4">
            <div className="min-w-0 grow">
              <Primitive.Title className="font-semibold text-lg">{title}</Primitive.Title>
              {description ? (
                <Primitive.Description className="mt-1 text-quiet text-sm">{description}</Primitive.Description>
              ) : null}
            </div>
          </div>
          {children}
          {acts ? <div className="flex flex-wrap justify-end gap-2">{acts}</div> : null}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}

/** The way out of a dialog, in words: "Keep it", "Not now". */
export function DialogClose({ children }: { children: ReactNode }) {
  return (
    <Primitive.Close asChild>
      <Button look="quiet">{children}</Button>
    </Primitive.Close>
  );
}
