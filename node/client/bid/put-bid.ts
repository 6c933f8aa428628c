import { fromHex, to0x } from '../../core/bytes.ts';
import { ExitCode, isStowError, messageOf, StowError } from '../../core/errors.ts';
import { Rest, type BidTerms } from '../../market/messages.ts';
import { ShardTree } from '../../market/shard-tree.ts';
import { newObjectSecret } from '../../pipeline/encrypt/frame-key.ts';
import { layoutOf } from '../../pipeline/layout.ts';
import { newObjectKey } from '../../pipeline/object-key.ts';
import { noProgress } from '../progress.ts';
import type { PutSource } from '../put/source.ts';
import { bidTermsOf, leastPrice, requireBidFunds } from './bid-cost.ts';
import { BidHolders } from './bid-holders.ts';
import { BidJob } from './bid-job.ts';
import { BidSignatures } from './bid-signatures.ts';
import type { BidComponents, BidInit, BidResult } from './bid-types.ts';
import { ShardPasses } from './shard-passes.ts';

/** After ctrl-C a bid that only this process can fill is cancelled: a transaction of a few blocks of a quick chain. */
const GRACE_MS = 8_000;

/** A bid that stands, and what it is for. */
interface Posted {
  bidId: bigint;
  terms: BidTerms;
  reserved: bigint;
}

/**
 * Stores a source by a bid: computes the shards' roots, posts the bid with the money behind it, offers the shards to providers, sends
 * them to those that take them, and waits until all are taken or the bid's time is over. What nobody took comes back to the wei.
 * @throws StowError `source-not-rereadable`, `bid-too-small`, `escrow-short`, `gas-funds`, `quote-above-limit`, `source-*`, those of
 *   the chain; `interrupted` when the signal aborts, which says what became of the bid
 */
export async function putBid(components: BidComponents, source: PutSource, init: BidInit): Promise<BidResult> {
  const { signal, onProgress = noProgress } = init;
  if (!source.rereadable) throw readOnce(source);
  onProgress({ phase: 'plan' });
  const { owner, catalogue, clock } = components;
  const objectKey = newObjectKey(fromHex(owner.address, 20));
  await checkFunds(components, init, layoutOf(source.maxBytes, init.k).unitsPerShard);
  const passes = passesOf(components, source, init, objectKey);
  const { plainBytes, unitsPerShard: units, roots } = await passes.prepare(signal);
  const tree = new ShardTree(roots.map((root, shardIndex) => ({ shardIndex, shardRoot: to0x(root) })));
  const time = await components.market.time({ signal });
  const { k, n, periods, name } = init;
  const object = { objectKey: to0x(objectKey), shardsRoot: tree.root, units, periods, shards: n };
  const terms = bidTermsOf(object, init.wish, components.market.terms, time);
  await checkFunds(components, init, units);

  const storedAt = Math.floor(clock.nowMs() / 1_000);
  const entry = { objectKey, name, kind: source.kind, plainBytes, k, n, storedAt };
  onProgress({ phase: 'bid' });
  const posted = await post(components, terms, signal);
  const { bidId } = posted;
  catalogue.put({ ...entry, state: 'forming' });
  const holders = new BidHolders(components.control, { bidId, terms, client: owner.address, objectKey, tree, roots });
  const signatures = new BidSignatures(
    { control: components.control, holders },
    { bidId, terms, client: owner.address },
  );
  try {
    await new BidJob(components, { bidId, bid: init, passes, holders, signatures }).run();
    const taken = await components.chain.taken(objectKey, { signal, newest: true });
    const refunded = posted.reserved * BigInt(n - taken.length);
    if (taken.length === 0) catalogue.delete(objectKey);
    else catalogue.put({ ...entry, state: 'stored' });
    const outcome = taken.length === n ? 'filled' : taken.length === 0 ? 'untaken' : 'partly';
    const failures = holders.failures;
    await holders.releaseAll();
    return { outcome, bidId, terms, objectKey, name, plainBytes, k, taken, refunded, failures };
  } catch (error) {
    // A standing bid goes on without us: its providers keep the shards until it is over.
    if (terms.rest !== Rest.stand) await holders.releaseAll();
    throw await abandon(components, posted, error, signal);
  }
}

async function post({ chain }: BidComponents, terms: BidTerms, signal: AbortSignal): Promise<Posted> {
  try {
    return { terms, ...(await chain.post(terms, { signal })) };
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new StowError({
      code: 'interrupted',
      message: `${messageOf(signal.reason)} while the bid was being posted; it may still be mined`,
      hint: '`stowmarket market bids --mine` shows whether it was, and `stowmarket bid cancel ID` takes it back',
      exitCode: ExitCode.interrupted,
      cause: error,
    });
  }
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

function passesOf(components: BidComponents, source: PutSource, init: BidInit, objectKey: Uint8Array): ShardPasses {
  const { k, n, name, onProgress = noProgress } = init;
  const { kind, mode, mtimeMs: mtime } = source;
  const content = { secret: newObjectSecret(), name, kind, mode, mtime };
  return new ShardPasses({
    source,
    encode: { objectKey, k, n, owner: components.owner.publicKey, content },
    clock: components.clock,
    onProgress,
  });
}

/** Ends or leaves a bid whose job failed, and says which. */
async function abandon(
  { chain, catalogue, logger }: BidComponents,
  { bidId, terms }: Posted,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  logger.warn({ bid: String(bidId), err: error }, 'the bid is left');
  const why = signal.aborted ? signal.reason : error;
  const fate = terms.rest === Rest.stand ? standing(bidId, terms) : await withdraw(chain, bidId, terms);
  if (fate.isOver) catalogue.delete(fromHex(terms.objectKey, 32));
  const cause = isStowError(why) ? why : undefined;
  return new StowError({
    code: cause?.code ?? 'bid-left',
    message: `${messageOf(why)}: ${fate.message}`,
    hint: fate.hint,
    exitCode: cause?.exitCode ?? ExitCode.general,
    cause: why,
  });
}

interface Fate {
  /** Nobody can take any of it any more, and nobody did. */
  isOver?: true;
  message: string;
  hint: string;
}

function standing(bidId: bigint, terms: BidTerms): Fate {
  return {
    message: `bid ${bidId} stands until ${instantOf(terms)}, and providers that have shards of it may still take them`,
    hint: `\`stowmarket bid cancel ${bidId}\` takes back what is behind the shards that nobody took`,
  };
}

async function withdraw(chain: BidComponents['chain'], bidId: bigint, terms: BidTerms): Promise<Fate> {
  try {
    await chain.cancel(bidId, { signal: AbortSignal.timeout(GRACE_MS) });
    return {
      isOver: true,
      message: `bid ${bidId} was cancelled, and every token behind it came back`,
      hint: 'run the same command again to store it',
    };
  } catch (error) {
    if (isStowError(error, 'order-book-unknown-bid')) {
      return { message: `bid ${bidId} was over by then`, hint: '`stowmarket ls` shows whether the object is stored' };
    }
    return {
      message: `bid ${bidId} could not be cancelled (${messageOf(error)}) and stands until ${instantOf(terms)}`,
      hint: `\`stowmarket bid cancel ${bidId}\` takes back what is behind it`,
    };
  }
}

function instantOf({ expiry }: BidTerms): string {
  return new Date(expiry * 1_000).toISOString();
}

function readOnce({ label }: PutSource): StowError {
  return new StowError({
    code: 'source-not-rereadable',
    message: `a bid names its shards before they are sent, so their bytes are read twice, and ${label} can be read once only`,
    hint: 'write the bytes to a file first and store that, or leave --bid out',
    exitCode: ExitCode.usage,
  });
}
