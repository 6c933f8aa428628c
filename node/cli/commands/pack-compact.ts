import { giveNotice } from '../../chain/actions/give-notice.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { compactPack, endLeftOver, leftOver, requireComplete } from '../../client/pack/compact-pack.ts';
import { planCompaction, type Compaction } from '../../client/pack/compaction.ts';
import { openingSegment, type SegmentComponents } from '../../client/pack/learn-segment.ts';
import { pendingToWrite, settledBy } from '../../client/pack/outdated.ts';
import { newSegment, type NewSegment } from '../../client/pack/pack-source.ts';
import { stampOf, type PackView } from '../../client/pack/pack-view.ts';
import { readFiles, readSegmentHead } from '../../client/pack/read-segment.ts';
import { removeObject } from '../../client/remove.ts';
import type { ClientSession } from '../../client/session/open-session.ts';
import type { PutResult } from '../../client/put/put-types.ts';
import { shortKey, titleOf, type StoredObject } from '../../client/stored-object.ts';
import { equal, toHex } from '../../core/bytes.ts';
import { systemClock } from '../../core/clock.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { formatAgreementId } from '../../market/agreement-id.ts';
import { type ClientSetup, directoryOf, withSession } from '../client-setup.ts';
import type { DryRunOption } from '../dry-run.ts';
import { formatAmount, formatBytes } from '../format.ts';
import { tellingWhatWasDone } from '../interrupt.ts';
import { learnNames } from '../learn-names.ts';
import { isKept, labelOf, planCompacting, running } from '../pack-compact-plan.ts';
import { recordOfSegment } from '../pack-report.ts';
import { segmentName, segmentTerms, storeSegment, type Purchase, type SegmentOptions } from '../pack-store.ts';
import type { Run } from '../program-context.ts';

/** `stowmarket pack compact`. */
export async function compact(run: Run, options: SegmentOptions & DryRunOption): Promise<ExitCode | void> {
  const { signal, output } = run;
  return withSession(run, { wallet: options.dryRun !== true }, async (session, setup) => {
    const directory = directoryOf(session, setup);
    if (options.dryRun !== true) await learnNames(run, directory);
    const objects = await directory.list();
    const pack = directory.pack(objects);
    requireComplete(pack.unread);
    if (options.dryRun === true) return planCompacting(run, session, setup, { options, pack, objects });
    const job: Job = { run, session, setup, options, pack, objects, unended: [] };
    return tellingWhatWasDone(
      signal,
      'every file that counts is kept; the same command goes on with what is left',
      async () => {
        await endWhatIsLeft(job);
        const compaction = planCompaction(pack, (key) => isKept(objects, key));
        if (compaction === undefined) {
          // What no segment has a file for any more; what is of use, a plan would have had.
          if (pendingToWrite(pack).length === 0) session.catalogue.dropPackDeletions(settledBy(pack, []));
          output.result({ type: 'compacted', deadBytes: 0 }, 'the pack is compact');
        } else await carryOut(job, compaction);
        return job.unended.length > 0 ? ExitCode.partial : undefined;
      },
    );
  });
}

interface Job {
  run: Run;
  session: ClientSession;
  setup: ClientSetup;
  options: SegmentOptions;
  pack: PackView;
  objects: readonly StoredObject[];
  /** Agreements of which no notice could be given. */
  unended: string[];
}

async function endWhatIsLeft(job: Job): Promise<void> {
  const left = leftOver(job.pack, running(job.objects));
  if (left.length === 0) return;
  const components = await directoryOf(job.session, job.setup).rebuilding({ signal: job.run.signal });
  await endLeftOver(
    {
      requireReadable: async (segment) => requireReadable(job, components, segment),
      end: async (old) => endKey(job, old),
    },
    left,
  );
}

async function carryOut(job: Job, compaction: Compaction): Promise<void> {
  const { run, session, pack, setup, options } = job;
  const { output } = run;
  let written: PutResult | undefined;
  const components = await directoryOf(session, setup).rebuilding({ signal: run.signal });
  const key = await compactPack(
    {
      async write() {
        const purchase = await purchaseFor(job, compaction, components);
        written = await storeSegment(run, session, setup.config, { ...options, ...purchase });
        return written.objectKey;
      },
      requireReadable: async (segment) => requireReadable(job, components, segment),
      end: async (old) => endKey(job, old),
    },
    compaction,
  );
  session.catalogue.dropPackDeletions(pack.pending);
  const { chosen, files, deadBytes } = compaction;
  output.result(
    {
      type: 'compacted',
      segments: chosen.map((segment) => toHex(segment.key)),
      files: files.length,
      deadBytes,
      ...(written === undefined ? {} : recordOfSegment(written)),
    },
    `${labelOf(compaction)} ` +
      (key === undefined ? 'count: the pack is empty' : `are in segment ${shortKey(key)}`) +
      `; notice is given of the old ones, and ${formatBytes(deadBytes)} go` +
      (written === undefined ? '' : `\n  ${formatAmount(written.quote.total)} locked or burned for the new one`),
  );
}

async function purchaseFor(
  { run, session, setup, options, pack }: Job,
  compaction: Compaction,
  components: SegmentComponents,
): Promise<Purchase> {
  const period = await readCurrentPeriod(session.market.chain, { signal: run.signal });
  const terms = await segmentTerms(run, setup.config, options, { pack, segments: compaction.outlives, period });
  return {
    segment: segmentOf(pack, compaction, components),
    terms,
    name: segmentName(stampOf(pack, systemClock.nowMs())),
  };
}

/** The new segment. Its bytes come from the old ones, anew for each reading. */
function segmentOf(pack: PackView, compaction: Compaction, components: SegmentComponents): NewSegment {
  const { files, records, replaces, chosen } = compaction;
  return newSegment({
    label: labelOf(compaction),
    records,
    replaces,
    async *content({ signal = new AbortController().signal }) {
      for (const segment of chosen) {
        const object = pack.objects.get(toHex(segment.key));
        const live = files.filter((file) => file.segment === segment);
        if (object === undefined || live.length === 0) continue;
        for await (const { bytes } of readFiles(openingSegment(components, object, { signal }), live)) yield bytes;
      }
    },
  });
}

/** Before anything is ended, the new segment's providers have to give out what was written. */
async function requireReadable(
  { run, session, setup }: Job,
  components: SegmentComponents,
  key: Uint8Array,
): Promise<void> {
  const { signal } = run;
  await session.market.sync({ signal });
  const object = (await directoryOf(session, setup).list()).find(({ objectKey }) => equal(objectKey, key));
  const expected = session.catalogue.segmentHead(key);
  if (object === undefined || expected === undefined) throw notThere(key);
  const head = await readSegmentHead(openingSegment(components, object, { signal }));
  if (!equal(head, expected)) throw notThere(key);
}

async function endKey(job: Job, key: Uint8Array): Promise<void> {
  const object = job.objects.find(({ objectKey }) => equal(objectKey, key));
  if (object !== undefined) await end(job, object);
}

async function end({ run, session, unended }: Job, object: StoredObject): Promise<void> {
  const sender = await session.sender();
  const { signal, output } = run;
  const result = await removeObject(
    {
      giveNotice: async (id, options) => void (await giveNotice(sender, { id }, options)),
      catalogue: session.catalogue,
    },
    object,
    { signal, onProgress: output.progress.listener },
  );
  signal.throwIfAborted();
  for (const { id, reason } of result.failed) {
    unended.push(formatAgreementId(id));
    output.warn(`no notice of agreement ${formatAgreementId(id)} over ${titleOf(object)}: ${reason}`);
  }
}

function notThere(key: Uint8Array): StowError {
  return new StowError({
    code: 'pack-not-readable',
    message: `segment ${shortKey(key)} is paid for, and its providers do not give out what was written; the segments that it replaces stay as they are`,
    hint: 'run the same command again; `stowmarket status` of the segment shows its providers',
    exitCode: ExitCode.integrity,
  });
}
