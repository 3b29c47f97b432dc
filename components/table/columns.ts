import type { ReactNode } from 'react';

/** A column: the first one is the thing itself and carries the row's link; the last one may hold its acts. */
export type Column<Row> = {
  id: string;
  /** The heading, and the label beside the value on a card. */
  label: string;
  cell: (row: Row) => ReactNode;
  align?: 'end';
  /** Shown from this width of the list on; always on cards. */
  from?: 'middle' | 'wide';
  /** Hidden until somebody asks for it under "Columns". */
  hidden?: true;
};

/** A page of a list as a screen hands it to its table: loaded, or not, with no third thing. */
export type Loaded<Row> =
  | {
      ok: true;
      rows: Row[];
      next: string | null;
      previous: string | null;
      total: number;
      totalIsCapped: boolean;
    }
  | { ok: false };
