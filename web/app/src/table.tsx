// One table for all tabs: sortable columns, numbers to the right, its own horizontal scroll.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";

export interface Column<T> {
  key: string;
  label: string;
  title?: string;
  text?: boolean; // words, to the left; numbers otherwise
  sort?: (row: T) => number | string | null | undefined;
  cell: (row: T) => ComponentChildren;
}

interface Props<T> {
  caption: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string;
  rowClass?: (row: T) => string;
  first?: { key: string; down: boolean }; // how it is sorted at first
  footer?: T | undefined; // a last row that sorting leaves in place
  empty: ComponentChildren;
  limit?: number;
}

function compare(a: number | string | null | undefined, b: number | string | null | undefined): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

export function Table<T>({ caption, columns, rows, rowKey, rowClass, first, footer, empty, limit }: Props<T>) {
  const [order, setOrder] = useState(first ?? null);
  if (rows.length === 0 && footer === undefined) return <div class="empty">{empty}</div>;

  const sort = columns.find((column) => column.key === order?.key)?.sort;
  const sorted = sort === undefined ? rows : [...rows].sort((a, b) => compare(sort(a), sort(b)) * (order?.down ? -1 : 1));
  const visible = limit === undefined ? sorted : sorted.slice(0, limit);
  const turn = (column: Column<T>) => {
    const down = order?.key === column.key ? !order.down : column.text !== true;
    setOrder({ key: column.key, down });
  };
  const direction = (column: Column<T>) => {
    if (order?.key !== column.key) return "none";
    return order.down ? "descending" : "ascending";
  };
  const cells = (row: T) => columns.map((column) => (
    <td key={column.key} class={column.text ? "text" : undefined}>{column.cell(row)}</td>
  ));

  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" class={column.text ? "text" : undefined} title={column.title}
                aria-sort={column.sort ? direction(column) : undefined}>
                {column.sort
                  ? <button type="button" class="sort" onClick={() => turn(column)}>{column.label}</button>
                  : column.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {visible.map((row) => <tr key={rowKey(row)} class={rowClass?.(row)}>{cells(row)}</tr>)}
        </tbody>
        {footer !== undefined && <tfoot><tr>{cells(footer)}</tr></tfoot>}
      </table>
      {visible.length < sorted.length && <p class="more">The first {visible.length} of {sorted.length} rows.</p>}
    </div>
  );
}
