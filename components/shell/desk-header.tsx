'use client';

import { Menu as MenuIcon, Search } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { Dialog } from 'radix-ui';
import { type ReactNode, useEffect, useState } from 'react';
import { OperatorMenu } from '#components/shell/operator-menu.tsx';
import { Mark } from '#components/shell/rail.tsx';
import { openPalette } from '#components/shell/shell-keys.tsx';
import { SignOutButton } from '#components/shell/sign-out-button.tsx';
import { Keys } from '#components/ui/keys.tsx';

/** The one top line: where (narrow screens), search, what is live, who. */
export function DeskHeader({
  tenant,
  places,
  operator,
  theme,
  children,
}: {
  tenant: string;
  places: ReactNode;
  operator: { name: string; email: string };
  theme: string;
  /** What stands between search and the operator: the live indicator, the step-up's remaining time. */
  children?: ReactNode;
}) {
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-line border-b bg-paper px-2 md:gap-3 md:px-6">
      <Drawer places={places} tenant={tenant} />
      <button
        type="button"
        onClick={openPalette}
        aria-label="Search the desk"
        aria-keyshortcuts="Meta+K Control+K"
        className="flex min-h-8 min-w-0 grow items-center gap-2 rounded-md border border-line px-2.5 text-left text-quiet text-sm hover:bg-raised md:max-w-sm pointer-coarse:min-h-11"
      >
        <Search size={14} aria-hidden="true" className="shrink-0" />
        <span className="grow truncate">Find a person, session or address</span>
        <span className="max-md:hidden">
          <Keys keys="⌘K" />
        </span>
      </button>
      <div className="ml-auto flex items-center gap-2 md:gap-3">
        {children}
        <OperatorMenu operator={operator} initialTheme={theme} />
        <SignOutButton />
      </div>
    </header>
  );
}

/** On narrow screens the places open over the page; going somewhere closes them. */
function Drawer({ places, tenant }: { places: ReactNode; tenant: string }) {
  const [open, setOpen] = useState(false);
  const path = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the path is what closes it
  useEffect(() => setOpen(false), [path]);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger asChild>
        <button
          type="button"
          aria-label="Menu"
          className="inline-flex size-11 shrink-0 items-center justify-center rounded-md hover:bg-raised md:hidden"
        >
          <MenuIcon size={20} aria-hidden="true" />
        </button>
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Overlay className="overlay" />
        <Dialog.Content
          aria-describedby={undefined}
          className="rise fixed inset-y-0 left-0 z-50 flex w-64 max-w-[85vw] flex-col gap-3 overflow-y-auto border-line border-r bg-rail px-2 pb-4"
        >
          <Dialog.Title className="flex h-12 shrink-0 items-center gap-2.5 px-2 font-semibold">
            <Mark /> Gatehouse <span className="truncate font-normal text-quiet text-xs">{tenant}</span>
          </Dialog.Title>
          {places}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
