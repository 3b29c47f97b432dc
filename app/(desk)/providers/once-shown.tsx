'use client';

import { Copyable } from '#components/ui/copyable.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Facts } from '#components/ui/facts.tsx';

/** What is shown exactly once: afterwards only its hash is known here. */
export function OnceShown({
  open,
  onClose,
  title,
  values,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  values: readonly { label: string; value: string }[];
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => (next ? undefined : onClose())}
      title={title}
      description="Copy these now. The secret is not shown again, and nobody here can look it up."
      acts={<DialogClose>I have copied them</DialogClose>}
    >
      <Facts facts={values.map(({ label, value }) => ({ label, value: <Copyable text={value} what={label} /> }))} />
    </Dialog>
  );
}
