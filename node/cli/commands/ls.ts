import { Command } from 'commander';

import { toHex } from '../../core/bytes.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import type { LiveFile } from '../../pipeline/pack/replay.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import type { PackView } from '../../client/pack/pack-view.ts';
import { shortKey, type StoredObject } from '../../client/stored-object.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { formatBytes, formatTable, plural } from '../format.ts';
import { learnNames } from '../learn-names.ts';
import { type Readers, readersOfObjects, readersText, showShared } from '../shared-view.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

interface LsOptions {
  all?: boolean;
  shared?: boolean;
}

/** `stowmarket ls`: what this wallet has stored. */
export function lsCommand(context: ProgramContext): Command {
  const command = new Command('ls')
    .description('list what this wallet has stored, files in its pack included')
    .option('--shared', 'what others share with this wallet instead')
    .option('--all', 'also what was removed, taken back or has ended')
    .addHelpText(
      'after',
      '\nExamples:\n  stowmarket ls\n  stowmarket ls --shared\n  stowmarket ls --json | jq -r .name\n',
    );
  command.action(async (options: LsOptions) => runCommand(context, command, async (run) => list(run, options)));
  return command;
}

async function list(run: Run, options: LsOptions): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async (session, setup) => {
    if (options.shared === true) return showShared(run, session, options.all === true);
    const directory = directoryOf(session, setup);
    const [period, { seconds }] = await Promise.all([
      readCurrentPeriod(session.market.chain, { signal }),
      readChainTime(session.market.chain, { signal }),
      learnNames(run, directory),
    ]);
    const readersOf = await readersOfObjects(session, seconds);
    const all = await directory.list();
    const pack = directory.pack(all);
    const objects = all.filter(
      ({ state, entry }) => (options.all === true || state === 'live' || state === 'forming') && entry?.kind !== 'pack',
    );
    for (const object of objects) output.record(recordOf(object, period, readersOf(object.objectKey)));
    for (const file of pack.files.values()) output.record(recordOfFile(file));
    if (objects.length + pack.files.size === 0)
      output.talk('nothing is stored yet; `stowmarket put FILE` stores something');
    else
      output.text(
        formatTable(
          ['NAME', 'SIZE', 'CODE', 'SHARDS', 'ENDS IN', 'SHARED', 'KEY'],
          [
            ...objects.map((object) => rowOf(object, period, readersOf(object.objectKey))),
            ...[...pack.files.values()].map((file) => rowOfFile(file, pack, { period, readersOf })),
          ],
        ),
      );
    return undefined;
  });
}

function rowOf(
  { objectKey, entry, agreements, state, endPeriod }: StoredObject,
  period: number,
  readers: Readers,
): string[] {
  const live = agreements.filter(({ status }) => status === 'active').length;
  return [
    entry?.name ?? '(name not known)',
    entry === undefined ? '' : formatBytes(entry.plainBytes),
    entry === undefined ? '' : `${entry.k}/${entry.n}`,
    state === 'forming' ? 'forming' : `${live} of ${agreements.length}`,
    state === 'over' ? 'over' : endPeriod === undefined ? '' : plural(Math.max(0, endPeriod - period), 'period'),
    readersText(readers),
    shortKey(objectKey),
  ];
}

function recordOf({ objectKey, entry, agreements, state, endPeriod }: StoredObject, period: number, readers: Readers) {
  return {
    type: 'object',
    objectKey: toHex(objectKey),
    name: entry?.name,
    kind: entry?.kind,
    plainBytes: entry?.plainBytes,
    k: entry?.k,
    n: entry?.n,
    storedAt: entry?.storedAt,
    state,
    shards: agreements.length,
    liveShards: agreements.filter(({ status }) => status === 'active').length,
    endPeriod,
    period,
    public: readers.public,
    sharedWith: readers.addresses,
  };
}

/** Shards, term and key are those of the segment that has the file. */
function rowOfFile(
  { file, segment }: LiveFile,
  { objects }: PackView,
  { period, readersOf }: { period: number; readersOf: (objectKey: Uint8Array) => Readers },
): string[] {
  const object = objects.get(toHex(segment.key));
  const cells = object === undefined ? [] : rowOf(object, period, readersOf(segment.key));
  return [file.name, formatBytes(file.sizeBytes), 'pack', ...cells.slice(3)];
}

function recordOfFile({ file, segment }: LiveFile) {
  const { name, sizeBytes: plainBytes, mode, mtimeMs, at } = file;
  return {
    type: 'packed-file',
    name,
    plainBytes,
    mode,
    mtimeMs,
    storedAt: Math.floor(at / 1_000),
    segment: toHex(segment.key),
  };
}
