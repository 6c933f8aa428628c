import { resolve } from 'node:path';

import type { PutSource } from '../client/put/source.ts';
import type { PutRecord } from '../client/put/unfinished/put-record.ts';
import type { UnfinishedPuts } from '../client/put/unfinished/unfinished-puts.ts';
import { ExitCode, StowError } from '../core/errors.ts';

/** What the user says of a put that is to be gone on with. */
export interface ResumeWish {
  /** The argument: a path, `-`, or a name. */
  path: string;
  name: string | undefined;
  k: number | undefined;
  n: number | undefined;
  periods: number | undefined;
}

/** Puts that `put --resume` may go on with. A segment of the pack is begun anew, as its files may be others by now; re-keying is gone on with by `unshare`. */
async function resumable(unfinished: Pick<UnfinishedPuts, 'list'>): Promise<PutRecord[]> {
  return (await unfinished.list()).filter((record) => record.kind !== 'pack' && !isOfRekey(record));
}

/** Whether the bytes of an unfinished put come from providers: from no path, and their number was known beforehand, as that of a pipe never is. */
function isOfRekey({ kind, source }: PutRecord): boolean {
  return kind !== 'pack' && source.path === undefined && source.exact;
}

/** The newest unfinished put of that name and, but for a pipe, from that place. */
export async function findUnfinished(
  unfinished: Pick<UnfinishedPuts, 'list'>,
  { path, name }: Pick<ResumeWish, 'path' | 'name'>,
): Promise<PutRecord | undefined> {
  const place = path === '-' ? undefined : resolve(path);
  return (await resumable(unfinished)).find((record) => record.name === name && record.source.path === place);
}

/**
 * The unfinished put that a path, or a name in its place, stands for.
 * @throws StowError `put-nothing-to-resume`, `put-resume-differs`
 */
export async function requireUnfinished(
  unfinished: Pick<UnfinishedPuts, 'list'>,
  wish: ResumeWish,
): Promise<PutRecord> {
  const records = await resumable(unfinished);
  const place = wish.path === '-' ? undefined : resolve(wish.path);
  const found =
    records.find(({ name, source }) => source.path === place && (wish.name === undefined || name === wish.name)) ??
    records.find(({ name, source }) => source.path !== undefined && name === (wish.name ?? wish.path));
  if (found === undefined) {
    const rekeyed = (await unfinished.list()).find(
      (record) => isOfRekey(record) && record.name === (wish.name ?? wish.path),
    );
    throw rekeyed === undefined ? nothingToResume(wish, records) : belongsToUnshare(rekeyed);
  }
  for (const field of ['k', 'n', 'periods'] as const) {
    if (wish[field] !== undefined && wish[field] !== found[field]) throw differs(field, wish[field], found[field]);
  }
  return found;
}

/** Where the bytes of an unfinished put come from, and the bound that a pipe had. */
export function sourceOf({ source }: PutRecord): { path: string; maxBytes: number | undefined } {
  return { path: source.path ?? '-', maxBytes: source.path === undefined ? source.maxBytes : undefined };
}

/** What to say to somebody who begins anew what could be gone on with. */
export function canBeGoneOn({ label }: Pick<PutSource, 'label'>, record: PutRecord): string {
  return `an earlier put of ${label} as ${record.name} was cut off, and ${whatIsLeftOf(record)}; --resume goes on with that one, this one begins anew`;
}

function whatIsLeftOf({ bid, shards }: PutRecord): string {
  if (bid?.posted !== undefined) {
    const { bidId } = bid.posted;
    return `its bid ${bidId} may still stand, with your money behind it (\`stowmarket bid cancel ${bidId}\` takes it back)`;
  }
  if (bid?.isPosting === true)
    return 'its bid may have been posted (`stowmarket market bids --mine` shows it, `stowmarket bid cancel ID` takes it back)';
  return `${shards === undefined ? 'parts' : 'shards'} of it may be with providers yet`;
}

function nothingToResume({ path, name }: ResumeWish, records: readonly PutRecord[]): StowError {
  const known = records.slice(0, 5).map((record) => `${record.name} from ${record.source.label}`);
  return new StowError({
    code: 'put-nothing-to-resume',
    message: `no put of ${path}${name === undefined ? '' : ` as ${name}`} was cut off within the last day, or has a bid that stands${known.length === 0 ? '' : `; those that were: ${known.join(', ')}`}`,
    hint: path === '-' ? 'give the --name that it had; or leave --resume out' : 'leave --resume out to store it',
    exitCode: ExitCode.notFound,
  });
}

function belongsToUnshare({ name }: PutRecord): StowError {
  return new StowError({
    code: 'put-nothing-to-resume',
    message: `no put of ${name} was cut off within the last day; what was cut off is its re-keying, which belongs to \`stowmarket unshare\``,
    hint: 'run the same `stowmarket unshare` again: it goes on with it',
    exitCode: ExitCode.notFound,
  });
}

function differs(field: string, wanted: number, had: number): StowError {
  return new StowError({
    code: 'put-resume-differs',
    message: `the put that was cut off has ${field} = ${had}, not ${wanted}`,
    hint: 'leave the options out that it has already, or leave --resume out to begin anew',
    exitCode: ExitCode.usage,
  });
}
