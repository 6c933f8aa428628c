import { giveNotice } from '../chain/actions/give-notice.ts';
import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { leftOver } from '../client/pack/compact-pack.ts';
import { planCompaction, type Compaction } from '../client/pack/compaction.ts';
import { newSegment } from '../client/pack/pack-source.ts';
import { stampOf, type PackView } from '../client/pack/pack-view.ts';
import { freedByNotice, removeObject } from '../client/remove.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import type { StoredObject } from '../client/stored-object.ts';
import { equal, toHex } from '../core/bytes.ts';
import { systemClock } from '../core/clock.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { ClientSetup } from './client-setup.ts';
import { accountOf, reportDryRun } from './dry-run.ts';
import { formatBytes, plural } from './format.ts';
import { planSegment, segmentName, segmentTerms, type SegmentOptions } from './pack-store.ts';
import type { Run } from './program-context.ts';

/** Whether an object has running agreements, even if notice was given of them. */
export function isKept(objects: readonly StoredObject[], key: Uint8Array): boolean {
  return objects.some(({ objectKey, state }) => equal(objectKey, key) && (state === 'live' || state === 'leaving'));
}

/** Tells of which objects notice can still be given. */
export function running(objects: readonly StoredObject[]): (key: Uint8Array) => boolean {
  const keys = new Set(
    objects
      .filter(({ agreements }) => agreements.some(({ status, noticed }) => status === 'active' && !noticed))
      .map(({ objectKey }) => toHex(objectKey)),
  );
  return (key) => keys.has(toHex(key));
}

/** What is written, for people. */
export function labelOf({ files, chosen }: Pick<Compaction, 'files' | 'chosen'>): string {
  return `${plural(files.length, 'file')} of ${plural(chosen.length, 'segment')}`;
}

/** `pack compact --dry-run`: says what would be written and what would end. Sends nothing. */
export async function planCompacting(
  run: Run,
  session: ClientSession,
  setup: ClientSetup,
  { options, pack, objects }: { options: SegmentOptions; pack: PackView; objects: readonly StoredObject[] },
): Promise<void> {
  const { signal, output } = run;
  const compaction = planCompaction(pack, (key) => isKept(objects, key));
  const old = new Set(
    [...leftOver(pack, running(objects)).flatMap(({ keys }) => keys), ...(compaction?.replaces ?? [])].map(toHex),
  );
  const ending = objects.filter(({ objectKey }) => old.has(toHex(objectKey)));
  if (compaction === undefined && ending.length === 0) {
    output.result({ type: 'dry-run', command: 'pack compact', deadBytes: 0 }, 'the pack is compact');
    return;
  }
  const period = await readCurrentPeriod(session.market.chain, { signal });
  if (compaction !== undefined && compaction.records.length > 0) {
    const { records, replaces } = compaction;
    const segment = newSegment({ label: labelOf(compaction), records, replaces, content: unread });
    const terms = await segmentTerms(run, setup.config, options, { pack, segments: compaction.outlives, period });
    await planSegment(run, session, setup.config, {
      segment,
      terms,
      name: segmentName(stampOf(pack, systemClock.nowMs())),
    });
  }
  const dry = session.drySender();
  const { noticePeriods } = session.market.parameters;
  const moves = [];
  for (const object of ending) {
    const { given } = await removeObject(
      { giveNotice: async (id, call) => void (await giveNotice(dry, { id }, call)), catalogue: { setState: () => {} } },
      object,
      { signal },
    );
    for (const row of object.agreements.filter(({ id }) => given.includes(id)))
      moves.push({
        amount: freedByNotice(row, period, noticePeriods),
        from: `agreement ${formatAgreementId(row.id)}`,
        to: accountOf(session.address),
      });
  }
  await reportDryRun(run, {
    command: 'pack compact',
    record: { segments: ending.length, deadBytes: compaction?.deadBytes ?? 0 },
    lines: [
      `${plural(ending.length, 'old segment')} would be ended; ${formatBytes(compaction?.deadBytes ?? 0)} would go`,
    ],
    moves,
    senders: [dry],
    tokensPerCoin: setup.config.quote.tokensPerCoin,
  });
}

async function* unread(): AsyncGenerator<Uint8Array> {
  // A dry run stores nothing.
}
