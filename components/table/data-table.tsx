'use client';

import {
  type ColumnDef,
  columnVisibilityFeature,
  type RowData,
  rowSelectionFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { type ReactNode, Suspense, use, useMemo, useState } from 'react';
import type { Topic } from '#components/shell/live.ts';
import { ColumnMenu } from '#components/table/column-menu.tsx';
import type { Column, Loaded } from '#components/table/columns.ts';
import { NewRows } from '#components/table/new-rows.tsx';
import { Pager } from '#components/table/pager.tsx';
import { useRowKeys } from '#components/table/row-keys.ts';
import { Button } from '#components/ui/button.tsx';
import { Empty, Failed, Loading } from '#components/ui/empty.tsx';

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature });

export type DataTableProps<Row extends RowData> = {
  /** What the table holds and in which order; read out before it. */
  caption: string;
  columns: readonly Column<Row>[];
  /** The rows, or their promise: the page starts the query and hands it over. */
  page: Promise<Loaded<Row>> | Loaded<Row>;
  rowId: (row: Row) => string;
  /** Where the row's thing is shown. Without it rows are not links. */
  rowHref?: (row: Row) => string;
  /** The row in a few plain words, for the tick box and the link of a strip. */
  rowLabel: (row: Row) => string;
  /** The row that is open beside the list. */
  currentId?: string | null;
  /** j and k open the row they reach, as a queue beside its detail does. */
  opensOnMove?: boolean;
  /** Rows as strips of our own instead of cards, where the list is narrow. */
  strip?: (row: Row) => ReactNode;
  /** True when a filter is set: nothing found then means "none match". */
  filtered: boolean;
  /** None yet: what will appear here and the one act that leads to it. */
  none: { title: string; text?: ReactNode; act?: ReactNode };
  noun: { one: string; many: string };
  /** Where the list lives, when the address is that of a thing beside it. */
  listPath?: string;
  /** False for a table inside a page that has a list of its own: j and k belong to that. */
  keys?: boolean;
  /** Tells of rows that came in since, above the first one: the topics to hear of, and the list's own address in the API. */
  live?: { topics: readonly Topic[]; api: string };
  /** Acts on the ticked rows. Given, rows can be ticked (x). */
  bulk?: (rows: Row[], clear: () => void) => ReactNode;
};

/** The one table of the desk. Three different ends: none yet, none match, could not load. */
export function DataTable<Row extends RowData>(props: DataTableProps<Row>) {
  return (
    <Suspense fallback={<Loading />}>
      <Ready {...props} />
    </Suspense>
  );
}

function Ready<Row extends RowData>(props: DataTableProps<Row>) {
  const router = useRouter();
  const page = props.page instanceof Promise ? use(props.page) : props.page;
  if (!page.ok) {
    const what = `${props.noun.many.charAt(0).toUpperCase()}${props.noun.many.slice(1)}`;
    return <Failed what={what} again={<Button onClick={() => router.refresh()}>Try again</Button>} />;
  }
  if (page.rows.length === 0) {
    return props.filtered || page.previous ? (
      <Empty title={`No ${props.noun.one} matches`}>
        Take a part of the filter away, or look further back in time.
      </Empty>
    ) : (
      <Empty title={props.none.title} act={props.none.act}>
        {props.none.text}
      </Empty>
    );
  }
  return <Rows {...props} page={page} />;
}

function Rows<Row extends RowData>(props: DataTableProps<Row> & { page: Extract<Loaded<Row>, { ok: true }> }) {
  const { columns, page, rowId, rowHref, rowLabel, strip, bulk } = props;
  const definitions = useMemo<ColumnDef<typeof features, Row>[]>(
    () => columns.map(({ id, label, cell }) => ({ id, header: label, cell: ({ row }) => cell(row.original) })),
    [columns],
  );
  const [columnVisibility, setColumnVisibility] = useState<Record<string, boolean>>(() =>
    Object.fromEntries(columns.filter(({ hidden }) => hidden).map(({ id }) => [id, false])),
  );
  const [rowSelection, setRowSelection] = useState<Record<string, true>>({});
  const table = useTable({
    features,
    columns: definitions,
    data: page.rows,
    getRowId: rowId,
    state: { columnVisibility, rowSelection },
    onColumnVisibilityChange: setColumnVisibility,
    onRowSelectionChange: setRowSelection,
  });
  const body = useRowKeys({ isOn: props.keys ?? true, opens: props.opensOnMove ?? false, selects: bulk !== undefined });
  const byId = new Map(columns.map((column) => [column.id, column]));
  const firstId = columns[0]?.id;
  const ticked = table.getSelectedRowModel().rows.map(({ original }) => original);
  const clear = () => setRowSelection({});
  const isBeside = props.currentId !== undefined && !props.opensOnMove;

  return (
    <div className="list-frame">
      {ticked.length > 0 && bulk ? (
        <div className="mb-2 flex flex-wrap items-center gap-2 rounded-md bg-tint px-3 py-1.5 text-sm" role="status">
          <span className="mr-2 font-medium">{ticked.length} ticked</span>
          {bulk(ticked, clear)}
          <Button look="quiet" onClick={clear}>
            Untick all
          </Button>
        </div>
      ) : null}
      {props.live && !page.previous ? (
        <div className="mb-2 empty:hidden">
          <NewRows {...props.live} firstId={page.rows[0] ? rowId(page.rows[0]) : null} />
        </div>
      ) : null}
      <table className="list" data-strips={strip !== undefined}>
        <caption className="sr-only">{props.caption}</caption>
        <thead>
          <tr>
            {bulk ? (
              <th scope="col" className="tick">
                <input
                  type="checkbox"
                  className="size-4 accent-accent"
                  aria-label={`Tick every ${props.noun.one} on this page`}
                  checked={table.getIsAllRowsSelected()}
                  onChange={table.getToggleAllRowsSelectedHandler()}
                />
              </th>
            ) : null}
            {table.getVisibleLeafColumns().map(({ id }) => (
              <th key={id} scope="col" data-from={byId.get(id)?.from} data-align={byId.get(id)?.align}>
                {byId.get(id)?.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              data-row={row.id}
              data-current={row.id === props.currentId}
              data-selected={row.getIsSelected()}
            >
              {bulk ? (
                <td className="tick">
                  <input
                    type="checkbox"
                    data-tick
                    className="size-4 accent-accent pointer-coarse:size-6"
                    aria-label={`Tick ${rowLabel(row.original)}`}
                    checked={row.getIsSelected()}
                    onChange={row.getToggleSelectedHandler()}
                  />
                </td>
              ) : null}
              {strip ? (
                <td className="strip">
                  <RowLink href={rowHref?.(row.original)} current={row.id === props.currentId} isBeside={isBeside}>
                    {strip(row.original)}
                  </RowLink>
                </td>
              ) : null}
              {row.getVisibleCells().map((cell) => {
                const column = byId.get(cell.column.id);
                const isFirst = cell.column.id === firstId;
                return (
                  <td
                    key={cell.id}
                    data-label={column?.label}
                    data-first={isFirst}
                    data-from={column?.from}
                    data-align={column?.align}
                  >
                    {isFirst ? (
                      <RowLink href={rowHref?.(row.original)} current={row.id === props.currentId} isBeside={isBeside}>
                        <table.FlexRender cell={cell} />
                      </RowLink>
                    ) : (
                      <table.FlexRender cell={cell} />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <div className="mt-3 flex items-center justify-between gap-4">
        <Pager page={page} noun={props.noun} path={props.listPath} />
        {strip === undefined && (props.keys ?? true) ? (
          <ColumnMenu
            columns={columns.slice(1)}
            isShown={(id) => columnVisibility[id] !== false}
            show={(id, shown) => setColumnVisibility((before) => ({ ...before, [id]: shown }))}
          />
        ) : null}
      </div>
    </div>
  );
}

function RowLink({
  href,
  current,
  isBeside,
  children,
}: {
  href: string | undefined;
  current: boolean;
  isBeside: boolean;
  children: ReactNode;
}) {
  return href ? (
    <Link
      href={href}
      // A panel beside the list leaves the list where it is; a page of its own begins at its top.
      scroll={!isBeside}
      prefetch={false}
      data-open
      className="block text-ink hover:text-accent"
      {...(current ? { 'aria-current': 'true' as const } : {})}
    >
      {children}
    </Link>
  ) : (
    children
  );
}
