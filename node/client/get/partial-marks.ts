import { createHash } from 'node:crypto';
import { z } from 'zod';

/**
 * The marks of a partial download: lines of `<16 hex digits of the SHA-256 of the JSON> <JSON>`. The first names the download, each
 * later one says how many of its bytes are on the disk. Only appended to: a line that a crash tore is the last, and is ignored.
 */
const CHECK_DIGITS = 16;

const directorySchema = z.strictObject({ path: z.string(), mtimeMs: z.number() });
const headerSchema = z.strictObject({
  version: z.literal(1),
  /** Object key in hex, and the range where it is one. */
  object: z.string(),
  kind: z.enum(['file', 'tar']),
  plainBytes: z.int().min(0),
});
const markSchema = z.strictObject({
  done: z.int().min(0),
  directories: z.array(directorySchema).readonly().optional(),
});

export type MarkHeader = z.infer<typeof headerSchema>;
/** A folder that was unpacked, and the time to set once nothing is put into it any more. */
export type DirectoryMark = z.infer<typeof directorySchema>;

export interface ParsedMarks {
  /** Undefined when damaged. */
  header: MarkHeader | undefined;
  doneBytes: number;
  directories: readonly DirectoryMark[];
  /** Something else than a torn last line is wrong. */
  damaged: boolean;
  /** Length of the lines that are whole. */
  validBytes: number;
}

export function encodeLine(value: MarkHeader | z.infer<typeof markSchema>): Buffer {
  const json = JSON.stringify(value);
  return Buffer.from(`${check(json)} ${json}\n`);
}

/** Reads marks, whatever the bytes. */
export function parseMarks(bytes: Buffer): ParsedMarks {
  const nothing: ParsedMarks = { header: undefined, doneBytes: 0, directories: [], damaged: true, validBytes: 0 };
  const end = bytes.lastIndexOf('\n') + 1;
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
  const [first = '', ...rest] = lines;
  const header = headerSchema.safeParse(parseLine(first));
  if (!header.success) return nothing;
  let doneBytes = 0;
  const directories: DirectoryMark[] = [];
  for (const line of rest) {
    const mark = markSchema.safeParse(parseLine(line));
    if (!mark.success || mark.data.done < doneBytes || mark.data.done > header.data.plainBytes) return nothing;
    doneBytes = mark.data.done;
    directories.push(...(mark.data.directories ?? []));
  }
  return { header: header.data, doneBytes, directories, damaged: false, validBytes: end };
}

function parseLine(line: string): unknown {
  const json = line.slice(CHECK_DIGITS + 1);
  if (line.slice(0, CHECK_DIGITS) !== check(json) || line[CHECK_DIGITS] !== ' ') return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function check(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, CHECK_DIGITS);
}
