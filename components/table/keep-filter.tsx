'use client';

import { Bookmark } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { callDesk } from '#components/desk/call-desk.ts';
import { deskFetch } from '#components/desk/desk-fetch.ts';
import { type Kept, RemoveSearches } from '#components/table/remove-searches.tsx';
import { Button } from '#components/ui/button.tsx';
import { Dialog, DialogClose } from '#components/ui/dialog.tsx';
import { Field } from '#components/ui/field.tsx';
import { Menu, type MenuEntry } from '#components/ui/menu.tsx';
import { toast } from '#components/ui/toast.tsx';
import { type Filter, filterToParams, filterWords } from '#lib/model/filter.ts';
import { type SearchableList, searchableLists } from '#lib/model/searchable-lists.ts';

type Saved = Kept & { list: string; path: string; params: Record<string, string>; mine: boolean };

/**
 * What one does with a filter beside looking: keep it under a name, come back to a kept one, take everything it finds out as a file.
 * `list` is its name in the API; `formats`: how it is exported, if it is.
 */
export function KeepFilter({
  list,
  filter,
  formats = [],
}: {
  list: SearchableList;
  filter: Filter;
  formats?: readonly ('ndjson' | 'csv' | 'ocsf')[];
}) {
  const declaration = searchableLists[list].filter;
  const [saved, setSaved] = useState<readonly Saved[] | null>(null);
  const [naming, setNaming] = useState(false);
  const [removing, setRemoving] = useState(false);
  const params = filterToParams(filter, declaration);
  const load = async (again = false) => {
    if (saved && !again) return;
    const answer = await deskFetch('/api/v1/searches').catch(() => null);
    if (!answer?.ok) return;
    const { data } = (await answer.json()) as { data: Saved[] };
    setSaved(data.filter((one) => one.list === list));
  };
  // The kept searches come last: they arrive later, and nothing above may move under the pointer.
  const entries: MenuEntry[] = [];
  if (formats.length > 0)
    entries.push({ kind: 'heading', label: filter.length > 0 ? 'Export what is found' : 'Export all' });
  for (const format of formats) {
    const href = `/api/v1/export/${list}?${new URLSearchParams({ ...params, format })}`;
    entries.push({
      kind: 'link',
      label: format,
      link: (
        <a href={href} download>
          {format === 'ocsf' ? 'OCSF' : format.toUpperCase()}
        </a>
      ),
    });
  }
  if (formats.length > 0) entries.push({ kind: 'line' });
  entries.push({
    kind: 'act',
    label: 'Save this search…',
    disabled: filter.length === 0,
    onSelect: () => setNaming(true),
  });
  entries.push({
    kind: 'act',
    label: 'Remove a saved search…',
    disabled: !saved?.some(({ mine }) => mine),
    onSelect: () => setRemoving(true),
  });
  entries.push({ kind: 'heading', label: saved?.length === 0 ? 'No saved searches yet' : 'Saved searches' });
  for (const one of saved ?? []) {
    const link = (
      <Link href={`${one.path}?${new URLSearchParams(one.params)}`} title={one.words}>
        {one.name}
      </Link>
    );
    entries.push({ kind: 'link', label: one.name, link });
  }
  return (
    <>
      <Menu
        trigger={
          <Button look="quiet" onPointerEnter={() => void load()} onFocus={() => void load()}>
            <Bookmark size={14} aria-hidden="true" />
            {formats.length > 0 ? 'Searches and export' : 'Searches'}
          </Button>
        }
        entries={entries}
      />
      <RemoveSearches
        open={removing}
        onOpenChange={setRemoving}
        searches={(saved ?? []).filter(({ mine }) => mine)}
        removed={() => load(true)}
      />
      <NameDialog
        open={naming}
        onOpenChange={setNaming}
        words={filterWords(filter, declaration)}
        save={async (name, shared) => {
          const called = await callDesk('POST', '/api/v1/searches', { list, name, params, shared });
          if (!called.ok) return called.message;
          toast({ text: `Saved as “${name}”.`, tone: 'done' });
          await load(true);
          return null;
        }}
      />
    </>
  );
}

function NameDialog({
  open,
  onOpenChange,
  words,
  save,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  words: string;
  save: (name: string, shared: boolean) => Promise<string | null>;
}) {
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Save this search" description={words}>
      <form
        className="flex flex-col gap-4"
        onSubmit={async (event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget);
          const name = String(given.get('name') ?? '').trim();
          const failed = await save(name, given.get('shared') === 'on');
          setProblem(failed);
          if (!failed) onOpenChange(false);
        }}
      >
        <Field
          label="Name"
          name="name"
          required
          maxLength={80}
          hint="The same name again is written over."
          problem={problem ?? undefined}
        />
        <label className="flex min-h-8 items-center gap-2 text-sm">
          <input type="checkbox" name="shared" />
          Show it to everybody in this tenant
        </label>
        <div className="flex justify-end gap-2">
          <DialogClose>Not now</DialogClose>
          <Button type="submit" look="primary">
            Save the search
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
