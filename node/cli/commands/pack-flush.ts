import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { outdatedBy, pendingToWrite, settledBy } from '../../client/pack/outdated.ts';
import { newSegment } from '../../client/pack/pack-source.ts';
import { stampOf } from '../../client/pack/pack-view.ts';
import { shortKey } from '../../client/stored-object.ts';
import { systemClock } from '../../core/clock.ts';
import { directoryOf, withSession } from '../client-setup.ts';
import type { DryRunOption } from '../dry-run.ts';
import { formatAmount, plural } from '../format.ts';
import { learnNames } from '../learn-names.ts';
import { recordOfSegment } from '../pack-report.ts';
import { planSegment, segmentName, segmentTerms, storeSegment, type SegmentOptions } from '../pack-store.ts';
import type { Run } from '../program-context.ts';

/** `stowmarket pack flush`. */
export async function flush(run: Run, options: SegmentOptions & DryRunOption): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: options.dryRun !== true }, async (session, setup) => {
    const { catalogue, market } = session;
    const directory = directoryOf(session, setup);
    if (options.dryRun !== true) await learnNames(run, directory);
    const pack = directory.pack(await directory.list());
    const records = pendingToWrite(pack);
    if (records.length === 0) {
      if (options.dryRun !== true) catalogue.dropPackDeletions(settledBy(pack, records));
      return output.result({ type: 'flushed', deletions: 0 }, 'no deletion waits for a segment');
    }
    const label = plural(records.length, 'deletion');
    const segment = newSegment({ label, replaces: [], records, content: nothing });
    const period = await readCurrentPeriod(market.chain, { signal });
    const outdated = { pack, segments: outdatedBy(pack, records), period };
    const terms = await segmentTerms(run, setup.config, options, outdated);
    const purchase = { segment, terms, name: segmentName(stampOf(pack, systemClock.nowMs())) };
    if (options.dryRun === true) return planSegment(run, session, setup.config, purchase);
    const result = await storeSegment(run, session, setup.config, { ...options, ...purchase });
    catalogue.dropPackDeletions(settledBy(pack, records));
    return output.result(
      { type: 'flushed', deletions: records.length, ...recordOfSegment(result) },
      `stored ${label} as segment ${shortKey(result.objectKey)}: ${formatAmount(result.quote.total)} locked or burned`,
    );
  });
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // Deletions have no bytes.
}
