/** Reads what Forge counted: lines, functions and branches from its lcov file, statements from the table that it prints. */

export interface FileCounts {
  /** How often each line with code ran. */
  lines: Map<number, number>;
  functions: { name: string; line: number; hits: number }[];
  /** By line: how often the arm of the `if` there was entered. Right where its body does not leave the block. */
  arms: Map<number, number>;
}

export interface Share {
  covered: number;
  total: number;
}

/** By path. */
export function parseLcov(text: string): Map<string, FileCounts> {
  const files = new Map<string, FileCounts>();
  let counts = emptyCounts();
  for (const row of text.split('\n')) {
    const [, kind = '', rest = ''] = /^([A-Z]+):(.*)$/.exec(row) ?? [];
    if (kind === 'SF') {
      counts = emptyCounts();
      files.set(rest, counts);
    } else addRow(counts, kind, rest.split(','));
  }
  return files;
}

function emptyCounts(): FileCounts {
  return { lines: new Map(), functions: [], arms: new Map() };
}

function addRow(counts: FileCounts, kind: string, [first = '', second = '', path, hits]: string[]): void {
  if (kind === 'DA') counts.lines.set(Number(first), Number(second));
  else if (kind === 'FN') counts.functions.push({ name: second, line: Number(first), hits: 0 });
  else if (kind === 'FNDA') {
    const named = counts.functions.find(({ name }) => name === second);
    if (named !== undefined) named.hits = Number(first);
  }
  // A dash stands for a line that never ran.
  else if (kind === 'BRDA' && path === '0') counts.arms.set(Number(first), hits === '-' ? 0 : Number(hits));
}

/** Rows like `| contracts/Escrow.sol | 100.00% (89/89) | 98.90% (90/91) | …`, where the second share is that of statements. */
const TABLE_ROW = /^\| (\S+) +\| \S+ \(\d+\/\d+\) +\| \S+ \((\d+)\/(\d+)\)/gm;

/** By path. */
export function parseStatements(output: string): Map<string, Share> {
  return new Map(
    [...output.matchAll(TABLE_ROW)].map(([, file = '', covered, total]) => [
      file,
      { covered: Number(covered), total: Number(total) },
    ]),
  );
}
