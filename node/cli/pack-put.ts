import { readCurrentPeriod } from '../chain/actions/read-current-period.ts';
import { collectFiles, contentOf, recordOf } from '../client/pack/collect-files.ts';
import { outdatedBy, pendingToWrite, settledBy } from '../client/pack/outdated.ts';
import { newSegment } from '../client/pack/pack-source.ts';
import { stampOf } from '../client/pack/pack-view.ts';
import { shortKey } from '../client/stored-object.ts';
import { toHex } from '../core/bytes.ts';
import { systemClock } from '../core/clock.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import { contentBytes } from '../pipeline/pack/segment-index.ts';
import { directoryOf, withSession } from './client-setup.ts';
import type { DryRunOption } from './dry-run.ts';
import { formatAmount, formatBytes, plural } from './format.ts';
import { learnNames } from './learn-names.ts';
import { planSegment, segmentName, segmentTerms, storeSegment, type SegmentOptions } from './pack-store.ts';
import type { Run } from './program-context.ts';
import { recordOfSegment } from './pack-report.ts';

interface PackPutOptions extends SegmentOptions, DryRunOption {
  name?: string;
}

/** `stowmarket put --pack`: files into the wallet's pack, as one segment. */
export async function putIntoPack(run: Run, paths: readonly string[], options: PackPutOptions): Promise<void> {
  const { signal, output } = run;
  if (options.name !== undefined && paths.length > 1) throw oneName();
  const { files, leftOut } = await collectFiles(paths, { given: options.name, signal });
  for (const path of leftOut.slice(0, MAX_NAMED)) output.warn(`${path} is no file, and stays out of the pack`);
  if (leftOut.length > MAX_NAMED) output.warn(`so do ${leftOut.length - MAX_NAMED} more`);
  await withSession(run, { wallet: options.dryRun !== true }, async (session, setup) => {
    const { catalogue, market } = session;
    const directory = directoryOf(session, setup);
    if (options.dryRun !== true) await learnNames(run, directory);
    const pack = directory.pack(await directory.list());
    const at = stampOf(pack, systemClock.nowMs());
    const put = files.map((file) => recordOf(file, at));
    const deletions = pendingToWrite(pack, put);
    const records = [...put, ...deletions];
    const sizeBytes = contentBytes(put);
    const segment = newSegment({
      label: `${plural(files.length, 'file')} (${formatBytes(sizeBytes)})`,
      replaces: [],
      records,
      content: (reading) => contentOf(files, reading),
    });
    const period = await readCurrentPeriod(market.chain, { signal });
    const outdated = { pack, segments: outdatedBy(pack, records), period };
    const purchase = {
      segment,
      terms: await segmentTerms(run, setup.config, options, outdated),
      name: segmentName(at),
    };
    if (options.dryRun === true) return planSegment(run, session, setup.config, purchase);
    const result = await storeSegment(run, session, setup.config, { ...purchase, ...options, name: purchase.name });
    catalogue.dropPackDeletions(settledBy(pack, records));
    output.result(
      {
        type: 'packed',
        files: files.length,
        plainBytes: sizeBytes,
        deletions: deletions.length,
        ...recordOfSegment(result),
      },
      [
        `packed ${segment.source.label} as segment ${shortKey(result.objectKey)} of ${plural(result.agreements.length, 'shard')}` +
          (deletions.length === 0 ? '' : `, with ${plural(deletions.length, 'deletion')}`),
        `  ${formatAmount(result.quote.total)} locked or burned for ${plural(purchase.terms.periods, 'period')}; unproven periods come back`,
        `get one back: stowmarket get ${files[0]?.name ?? toHex(result.objectKey)}`,
      ].join('\n'),
    );
    return undefined;
  });
}

/** Names of what is left out: enough to see why. */
const MAX_NAMED = 5;

function oneName(): StowError {
  return new StowError({
    code: 'usage',
    message: '--name names one file or folder, and several are given',
    hint: 'leave --name out: each goes in under its own name',
    exitCode: ExitCode.usage,
  });
}
