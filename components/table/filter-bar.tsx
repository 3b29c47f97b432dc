'use client';

import { X } from 'lucide-react';
import { usePathname, useRouter } from 'next/navigation';
import { type ReactNode, useRef } from 'react';
import { useShortcuts } from '#components/shell/shortcuts.ts';
import { AddFilter } from '#components/table/add-filter.tsx';
import { useAddressesHidden } from '#components/table/hidden-addresses.tsx';
import {
  type Condition,
  conditionWords,
  type Filter,
  type FilterDeclaration,
  type FilterProblem,
  filterToParams,
} from '#lib/model/filter.ts';

/**
 * The filter of a list: a search box, what is set as chips, "+ filter". The address holds it all; this control only writes it.
 * `names`: words for ids that came from a link ("Person is Ada"). `choices`: choices that the data gives (its providers).
 */
export function FilterBar({
  declaration,
  filter,
  problems = [],
  names = {},
  choices = {},
  keep = {},
  path: listPath,
  children,
}: {
  declaration: FilterDeclaration;
  filter: Filter;
  problems?: readonly FilterProblem[];
  names?: Readonly<Record<string, string>>;
  choices?: Readonly<Record<string, readonly { value: string; label: string }[]>>;
  /** Other parameters of the address to keep. */
  keep?: Readonly<Record<string, string>>;
  /** Where the list lives, when the address is that of a thing beside it. */
  path?: string;
  children?: ReactNode;
}) {
  const router = useRouter();
  const here = usePathname();
  const path = listPath ?? here;
  const search = useRef<HTMLInputElement>(null);
  const addressesHidden = useAddressesHidden();
  const searchField = declaration.fields.find(({ kind }) => kind === 'search');
  const holdsAddresses = declaration.fields.some(({ group }) => group === 'addresses');
  const withChoices = {
    ...declaration,
    fields: declaration.fields
      .filter(({ group }) => !(addressesHidden && group === 'addresses'))
      .map((field) => {
        const given = choices[field.name];
        return given ? { ...field, choices: given } : field;
      }),
  };
  const go = (next: Filter) => {
    const params = new URLSearchParams({ ...keep, ...filterToParams(next, declaration) });
    router.push(params.size > 0 ? `${path}?${params}` : path, { scroll: false });
  };
  const without = (gone: Condition) => filter.filter((one) => !(one.field === gone.field && one.op === gone.op));
  useShortcuts([{ keys: '/', label: 'Search this list', group: 'Lists', run: () => search.current?.focus() }]);
  const searched = filter.find(({ field }) => field === searchField?.name)?.value[0] ?? '';

  return (
    <div className="mb-3">
      <search className="flex flex-wrap items-center gap-2">
        {searchField ? (
          <form
            className="w-64 max-w-full max-sm:w-full"
            onSubmit={(event) => {
              event.preventDefault();
              const value = search.current?.value.trim() ?? '';
              const rest = filter.filter(({ field }) => field !== searchField.name);
              go(value ? [...rest, { field: searchField.name, op: 'is', value: [value] }] : rest);
            }}
          >
            <input
              key={searched}
              ref={search}
              type="search"
              name={searchField.name}
              defaultValue={searched}
              aria-label={`Search ${declaration.noun.many}`}
              placeholder={addressesHidden && holdsAddresses ? `Search ${declaration.noun.many}` : searchField.example}
              className="control"
            />
          </form>
        ) : null}
        {filter
          .filter(({ field }) => field !== searchField?.name)
          .map((condition) => {
            const words = conditionWords(condition, withChoices, (_field, value) => names[value] ?? value);
            return (
              <span
                key={`${condition.field}.${condition.op}`}
                className="inline-flex min-h-8 items-center rounded-md bg-tint pl-2.5 text-sm pointer-coarse:min-h-11"
              >
                {words}
                <button
                  type="button"
                  aria-label={`Take away: ${words}`}
                  onClick={() => go(without(condition))}
                  className="ml-1 inline-flex min-h-8 w-7 items-center justify-center rounded-r-md text-quiet hover:text-ink pointer-coarse:min-h-11 pointer-coarse:w-11"
                >
                  <X size={13} aria-hidden="true" />
                </button>
              </span>
            );
          })}
        <AddFilter declaration={withChoices} onAdd={(condition) => go([...without(condition), condition])} />
        {children ? <div className="ml-auto flex items-center gap-2">{children}</div> : null}
      </search>
      {addressesHidden && holdsAddresses ? (
        <p className="mt-1.5 text-quiet text-xs">
          E-mail and IP addresses are hidden from your roles, so nothing is searched or filtered by them.
        </p>
      ) : null}
      {problems.length > 0 ? (
        <p role="status" className="mt-2 text-high text-sm">
          A part of the address was not understood and is left out. {problems.map(({ message }) => message).join(' ')}
        </p>
      ) : null}
    </div>
  );
}
