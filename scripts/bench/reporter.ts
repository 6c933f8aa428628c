import { writeFile } from 'node:fs/promises';

/** One line of a benchmark. */
export interface Row {
  /** What was measured. */
  name: string;
  ours: number;
  /** `gas`, `MB/s`, `ms`, …; says whether more or less is better, unless `better` does. */
  unit: string;
  /** The figure that `ours` must reach. */
  bar?: number;
  /** What the same run measured without our part in it, or what no implementation can beat; in the same unit. */
  limit?: number;
  /** What others need for the same job, in the same unit: one figure, several by name, or the name of the limit. */
  peer?: number | string | Readonly<Record<string, number>>;
  better?: 'more' | 'less';
}

/** What all benchmarks are told. */
export interface BenchOptions {
  /** File that the transfers move. */
  sizeBytes: number;
  /** File that memory is measured with. */
  largeBytes: number;
}

/** A row as `--json` writes it: `ok` says whether the bar was met, in rows that have one. */
export type JudgedRow = Omit<Row, 'better'> & { ok?: boolean };

const MORE_IS_BETTER = new Set(['MB/s', 'GB/s', 'rows/s', 'proofs/s', 'objects/s', 'events/s']);
const LESS_IS_BETTER = new Set(['gas', 'bytes', 'KiB', 'MiB', 'GiB', 'µs', 'ms', 's', 'CPU s/GiB', 'messages', '×']);

/** Adds `ok` to a row with a bar. Throws when nothing says which direction is better. */
export function judge({ better, ...row }: Row): JudgedRow {
  if (row.bar === undefined) return row;
  const known = MORE_IS_BETTER.has(row.unit) ? 'more' : LESS_IS_BETTER.has(row.unit) ? 'less' : undefined;
  const direction = better ?? known;
  if (direction === undefined) {
    throw new Error(`The row "${row.name}" has a bar, but is more or less ${row.unit} better? Set \`better\`.`);
  }
  return { ...row, ok: direction === 'more' ? row.ours >= row.bar : row.ours <= row.bar };
}

/** The table for people: one line per row, columns aligned, empty columns left out. */
export function table(title: string, rows: readonly JudgedRow[]): string {
  const cells = [
    ['', 'ours', 'unit', 'bar', 'limit', 'peers (× ours)', ''],
    ...rows.map((row) => [
      row.name,
      figure(row.ours),
      row.unit,
      row.bar === undefined ? '' : figure(row.bar),
      row.limit === undefined ? '' : `${figure(row.limit)} (${ratio(row.ours, row.limit)})`,
      peers(row),
      row.ok === undefined ? '' : row.ok ? 'met' : 'MISSED',
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((line) => (line[column] ?? '').length)));
  const used = widths.map(
    (_, column) => column === 0 || rows.length === 0 || cells.slice(1).some((line) => line[column] !== ''),
  );
  const rightAligned = new Set([1, 3, 4]);
  const lines = cells.map((line) =>
    line
      .map((cell, column) =>
        rightAligned.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .filter((_, column) => used[column])
      .join('  ')
      .trimEnd(),
  );
  return [title, ...lines].join('\n');
}

/** Writes the rows of all benchmarks as one JSON array. */
export async function writeRows(file: string, rows: readonly JudgedRow[]): Promise<void> {
  await writeFile(file, `${JSON.stringify(rows, null, 2)}\n`);
}

function figure(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 });
}

function ratio(part: number, whole: number): string {
  return (part / whole).toFixed(2);
}

function peers({ ours, peer }: JudgedRow): string {
  if (peer === undefined) return '';
  if (typeof peer === 'string') return peer;
  if (typeof peer === 'number') return `${figure(peer)} (${ratio(peer, ours)})`;
  return Object.entries(peer)
    .map(([name, value]) => `${name} ${figure(value)} (${ratio(value, ours)})`)
    .join(', ');
}
