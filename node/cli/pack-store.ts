import type { Command } from 'commander';

import type { NewSegment } from '../client/pack/pack-source.ts';
import type { PackView } from '../client/pack/pack-view.ts';
import { describeDurability, readDurability, requireDurable } from '../client/put/durability-gate.ts';
import type { PurchaseTerms } from '../client/put/plan.ts';
import { putObject } from '../client/put/put.ts';
import type { PutResult } from '../client/put/put-types.ts';
import { quotePut } from '../client/put/quote-put.ts';
import type { ClientSession } from '../client/session/open-session.ts';
import type { ClientConfig } from '../config/client-config.ts';
import { toHex } from '../core/bytes.ts';
import { parseTokens } from '../market/money.ts';
import type { Segment } from '../pipeline/pack/replay.ts';
import { plural } from './format.ts';
import type { Run } from './program-context.ts';
import {
  addPurchaseOptions,
  defaultSpares,
  purchaseOf,
  sparesOption,
  type PurchaseOptions,
} from './purchase-options.ts';
import { reportPlan } from './put-report.ts';

/** Options of everything that writes a segment. */
export interface SegmentOptions extends PurchaseOptions {
  maxPrice?: string;
  force?: boolean;
  spares?: number;
}

export function addSegmentOptions(command: Command): Command {
  return addPurchaseOptions(command)
    .option('--max-price <tokens>', 'refuse to pay more than this for everything')
    .addOption(sparesOption())
    .option('--force', 'store it even with a code that is likely to lose it');
}

/** A segment to be bought, and for how long at least. */
export interface Purchase {
  segment: NewSegment;
  terms: PurchaseTerms & { maxTotal: bigint | undefined };
  /** The object's name. */
  name: string;
}

/**
 * The terms of a new segment. Without --periods it is kept as long as what it makes outdated: a deletion that ends before the file lets it come back.
 * @param outdated segments that hold older records of its names
 */
export async function segmentTerms(
  { output }: Run,
  config: ClientConfig,
  options: SegmentOptions,
  outdated: { pack: PackView; segments: readonly Segment[]; period: number },
): Promise<Purchase['terms']> {
  const { maxPrice, periods } = options;
  const wanted = purchaseOf(options, config);
  const ends = outdated.segments.map(({ key }) => outdated.pack.objects.get(toHex(key))?.endPeriod ?? 0);
  const least = Math.max(0, ...ends) - outdated.period;
  if (periods !== undefined && periods < least)
    output.warn(
      `what this changes is kept for ${plural(least, 'more period')}, and the change for ${periods}: after that, the older files would be back`,
    );
  const maxTotal = maxPrice === undefined ? undefined : parseTokens(maxPrice);
  return { ...wanted, periods: periods ?? Math.max(wanted.periods, least), maxTotal };
}

/** The name of a segment's object: for people who look at agreements. Nothing depends on it. */
export function segmentName(at: number): string {
  return `pack/${new Date(at).toISOString()}`;
}

/** Says what a segment would cost. Sends nothing. */
export async function planSegment(
  run: Run,
  session: ClientSession,
  config: ClientConfig,
  purchase: Purchase,
): Promise<void> {
  const { segment, terms, name } = purchase;
  const { signal } = run;
  const durability = await readDurability(session.market, terms, { signal });
  const components = { market: session.view(), owner: { address: session.address } };
  const wanted = { ...terms, maxBytes: segment.source.maxBytes };
  const quoted = await quotePut(components, wanted, { requireFunds: true, signal });
  reportPlan(run, name, segment.source, { ...quoted, durability }, config.quote.tokensPerCoin);
}

/** Stores a segment. @returns once its agreements are formed, and the catalogue knows what is in it */
export async function storeSegment(
  run: Run,
  session: ClientSession,
  config: ClientConfig,
  { segment, terms, name, ...options }: Purchase & Pick<SegmentOptions, 'force' | 'spares'>,
): Promise<PutResult> {
  const { signal, output } = run;
  const durability = await readDurability(session.market, terms, { signal });
  if (options.force !== true) requireDurable(durability, terms);
  output.talk(`${terms.k} of ${terms.n} ${describeDurability(durability)}`);
  const result = await putObject(await session.putComponents(), segment.source, {
    ...terms,
    name,
    spares: options.spares ?? config.storage.spares ?? defaultSpares(terms),
    signal,
    onProgress: output.progress.listener,
  });
  session.catalogue.putSegmentHead(result.objectKey, segment.head);
  output.progress.clear();
  return result;
}
