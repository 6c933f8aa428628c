import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import type { PackView } from '../../client/pack/pack-view.ts';
import { shortKey, titleOf } from '../../client/stored-object.ts';
import { toHex } from '../../core/bytes.ts';
import type { Segment } from '../../pipeline/pack/replay.ts';
import { contentBytes } from '../../pipeline/pack/segment-index.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import { formatBytes, formatTable, plural } from '../format.ts';
import { learnNames } from '../learn-names.ts';
import type { Run } from '../program-context.ts';

/** `stowmarket pack ls`. */
export async function listSegments(run: Run): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: false }, async (session, setup) => {
    const directory = directoryOf(session, setup);
    const [period] = await Promise.all([
      readCurrentPeriod(session.market.chain, { signal }),
      learnNames(run, directory),
    ]);
    const pack = directory.pack(await directory.list());
    const rows = [...pack.active, ...pack.replaced].map((segment) => describe(pack, segment, period));
    for (const row of rows) output.record({ type: 'pack-segment', ...row });
    const files = [...pack.files.values()].map(({ file }) => file);
    const summary = {
      segments: rows.length,
      files: files.length,
      plainBytes: contentBytes(files),
      pendingDeletions: pack.pending.length,
      unread: pack.unread.length,
    };
    output.record({ type: 'pack', ...summary });
    if (rows.length === 0) return output.talk('the pack is empty; `stowmarket put --pack FILE...` fills it');
    output.text(
      [
        formatTable(
          ['SEGMENT', 'WRITTEN', 'FILES', 'COUNTING', 'SIZE', 'DEAD', 'ENDS IN', 'STATE'],
          rows.map((row) => [
            row.objectKey.slice(0, 12),
            row.name,
            String(row.files),
            String(row.liveFiles),
            formatBytes(row.plainBytes),
            formatBytes(row.deadBytes),
            plural(Math.max(0, (row.endPeriod ?? period) - period), 'period'),
            row.state,
          ]),
        ),
        `${plural(summary.files, 'file')} count, ${formatBytes(summary.plainBytes)}; ${plural(summary.pendingDeletions, 'deletion')} wait for the next segment`,
      ].join('\n'),
    );
  });
}

interface Row {
  objectKey: string;
  name: string;
  files: number;
  liveFiles: number;
  /** Of the whole segment. */
  plainBytes: number;
  /** Of files that count no more. */
  deadBytes: number;
  deletions: number;
  endPeriod: number | undefined;
  period: number;
  /** `replaced`: another segment has taken its place, and it is to be ended. */
  state: 'active' | 'replaced';
}

function describe(pack: PackView, segment: Segment, period: number): Row {
  const { key, index, headBytes } = segment;
  const object = pack.objects.get(toHex(key));
  const live = [...pack.files.values()].filter((file) => file.segment === segment);
  const allBytes = contentBytes(index.records);
  const files = index.records.filter(({ kind }) => kind === 'file').length;
  return {
    objectKey: toHex(key),
    name: object === undefined ? shortKey(key) : titleOf(object),
    files,
    liveFiles: live.length,
    plainBytes: headBytes + allBytes,
    deadBytes: allBytes - contentBytes(live.map(({ file }) => file)),
    deletions: index.records.length - files,
    endPeriod: object?.endPeriod,
    period,
    state: pack.replaced.includes(segment) ? 'replaced' : 'active',
  };
}
