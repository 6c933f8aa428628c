import { assert } from '../../core/assert.ts';
import { to0x } from '../../core/bytes.ts';
import { ExitCode, isStowError, messageOf, StowError } from '../../core/errors.ts';
import type { Hex } from '../../market/messages.ts';
import { OUTCOME_UNKNOWN } from '../put/form-object.ts';
import type { PutJournal } from '../put/unfinished/unfinished-puts.ts';
import { bidTermsOf, leastPrice, requireBidFunds } from './bid-cost.ts';
import type { BidComponents, BidInit, Posted } from './bid-types.ts';

/** The bid that an earlier process posted, or a new one. */
export async function requirePosted(
  components: BidComponents,
  init: BidInit,
  journal: PutJournal,
  { units, shardsRoot }: { units: number; shardsRoot: Hex },
): Promise<Posted> {
  const { market, chain } = components;
  const { objectKey, bid } = journal.record;
  assert(bid !== undefined, 'a put by a bid');
  if (bid.posted !== undefined) return bid.posted;
  const { n, periods, wish, signal } = init;
  const save = async (changes: Partial<typeof bid>): Promise<void> => journal.save({ bid: { ...bid, ...changes } });
  const found = bid.isPosting ? await chain.find(objectKey, { signal }) : undefined;
  if (found !== undefined) {
    await save({ posted: found });
    return found;
  }
  const object = { objectKey: to0x(objectKey), shardsRoot, units, periods, shards: n };
  const terms = bidTermsOf(object, wish, market.terms, await market.time({ signal }));
  await checkFunds(components, init, units);
  await save({ isPosting: true });
  try {
    const posted = await chain.post(terms, { signal });
    await save({ isPosting: true, posted });
    return posted;
  } catch (error) {
    if (signal.aborted) throw stoppedPosting(signal, error);
    const isUnknown = isStowError(error) && OUTCOME_UNKNOWN.has(error.code);
    if (!isUnknown) await save({ isPosting: false });
    throw error;
  }
}

function stoppedPosting(signal: AbortSignal, cause: unknown): StowError {
  return new StowError({
    code: 'interrupted',
    message: `${messageOf(signal.reason)} while the bid was being posted; it may still be mined`,
    hint: 'run the same command with --resume to go on with it; `stowmarket market bids --mine` shows it, and `stowmarket bid cancel ID` takes it back',
    exitCode: ExitCode.interrupted,
    cause,
  });
}

/** What the chain will lock behind a bid for something of this size, token wei. @throws as `requireBidFunds`, `bid-too-small` */
export async function checkFunds(
  { market }: Pick<BidComponents, 'market'>,
  init: Pick<BidInit, 'n' | 'periods' | 'wish' | 'maxTotal' | 'signal'>,
  units: number,
): Promise<bigint> {
  const { n: shards, periods, wish, maxTotal, signal } = init;
  const [balances, gasPrice] = await Promise.all([market.balances({ signal }), market.gasPrice({ signal })]);
  const { ceiling } = wish;
  leastPrice({ units, periods }, ceiling, market.terms);
  return requireBidFunds({ units, periods, shards, ceiling }, { terms: market.terms, balances, gasPrice }, maxTotal);
}
