import { assert } from '../../core/assert.ts';
import { fromHex, to0x } from '../../core/bytes.ts';
import { ExitCode, messageOf, StowError } from '../../core/errors.ts';
import { Rest } from '../../market/messages.ts';
import { ShardTree } from '../../market/shard-tree.ts';
import { requireWhole } from '../../pipeline/encode/object-encoder.ts';
import type { EnvelopeContent } from '../../pipeline/header/envelope.ts';
import { layoutOf } from '../../pipeline/layout.ts';
import { newObjectKey } from '../../pipeline/object-key.ts';
import { noProgress } from '../progress.ts';
import type { PutSource } from '../put/source.ts';
import { beginPut, forgetSame, openContent } from '../put/unfinished/begin-put.ts';
import type { PutRecord } from '../put/unfinished/put-record.ts';
import type { PutJournal } from '../put/unfinished/unfinished-puts.ts';
import { BidHolders } from './bid-holders.ts';
import { BidJob } from './bid-job.ts';
import { BidSignatures } from './bid-signatures.ts';
import type { BidComponents, BidInit, BidResult, Posted } from './bid-types.ts';
import { leaveBid } from './leave-bid.ts';
import { checkFunds, requirePosted } from './posted-bid.ts';
import { ShardPasses } from './shard-passes.ts';

/**
 * Stores a source by a bid: computes the shards' roots, posts the bid with the money behind it, offers the shards to providers, sends
 * them to those that take them, and waits until all are taken or the bid's time is over. What nobody took comes back to the wei. What was
 * done is on disk at each step, for `goOnWithBid`.
 * @throws StowError `source-not-rereadable`, `bid-too-small`, `escrow-short`, `gas-funds`, `quote-above-limit`, `source-*`, those of
 *   the chain; `interrupted` when the signal aborts, which says what became of the bid
 */
export async function putBid(components: BidComponents, source: PutSource, init: BidInit): Promise<BidResult> {
  const { onProgress = noProgress } = init;
  if (!source.rereadable) throw readOnce(source);
  onProgress({ phase: 'plan' });
  const { owner, unfinished } = components;
  await unfinished.clean();
  const { k, n, name, periods, wish } = init;
  const { unitsPerShard: units } = layoutOf(source.maxBytes, k);
  await checkFunds(components, init, units);
  const objectKey = newObjectKey(fromHex(owner.address, 20));
  const bid = { wish, isPosting: false };
  const beginning = { objectKey, name, k, n, spares: 0, periods, units, bid, path: init.path };
  const { journal, content } = await beginPut(unfinished, owner, source, beginning);
  return carryOut(components, { source, init, content, journal });
}

/**
 * Goes on with a put by a bid that an earlier process left: posts the bid if it came to none, and sees it to its end.
 * @throws StowError as `putBid` does; `source-changed`, `put-in-progress`, `bid-under-way`
 */
export async function goOnWithBid(
  components: BidComponents,
  source: PutSource,
  init: Omit<BidInit, 'wish' | 'name' | 'k' | 'n' | 'periods'> & { record: PutRecord },
): Promise<BidResult> {
  const journal = await components.unfinished.reopen(init.record.objectKey);
  try {
    const { name, k, n, periods, bid } = journal.record;
    assert(bid !== undefined, 'a put by a bid');
    const content = await openContent(components.owner, journal, source);
    const terms = { ...init, name, k, n, periods, wish: bid.wish };
    return await carryOut(components, { source, init: terms, content, journal });
  } finally {
    await journal.close();
  }
}

interface Carried {
  source: PutSource;
  init: BidInit;
  content: EnvelopeContent;
  journal: PutJournal;
}

async function carryOut(components: BidComponents, carried: Carried): Promise<BidResult> {
  const { init, journal, source } = carried;
  const { signal, onProgress = noProgress } = init;
  const { catalogue, clock } = components;
  const { objectKey } = journal.record;
  try {
    const passes = passesOf(components, carried);
    const object = await passes.prepare(signal);
    const { plainBytes, roots, unitsPerShard, envelope } = object;
    await journal.save({
      envelope: { plainBytes, bytes: envelope },
      shards: { units: unitsPerShard, roots: [...roots] },
    });
    const tree = new ShardTree(roots.map((root, shardIndex) => ({ shardIndex, shardRoot: to0x(root) })));
    const { k, n, name } = init;
    const storedAt = Math.floor(clock.nowMs() / 1_000);
    const entry = { objectKey, name, kind: source.kind, plainBytes, k, n, storedAt };
    onProgress({ phase: 'bid' });
    const posted = await requirePosted(components, init, journal, { units: unitsPerShard, shardsRoot: tree.root });
    catalogue.put({ ...entry, state: 'forming' });
    const outcome = await seeToItsEnd(components, carried, { posted, passes, tree });
    if (outcome.taken.length === 0) catalogue.delete(objectKey);
    else catalogue.put({ ...entry, state: 'stored' });
    await journal.end();
    await forgetSame(components.unfinished, source, { name, path: init.path });
    return { ...outcome, objectKey, name, plainBytes, k, n };
  } catch (error) {
    if (journal.record.bid?.isPosting !== false) throw error;
    if (signal.aborted) throw stoppedUnposted(signal.reason);
    // Without a bid, nothing of it is anywhere else.
    await journal.end();
    throw error;
  } finally {
    await journal.close();
  }
}

/** Sees a bid taken, or its time run out. */
async function seeToItsEnd(
  components: BidComponents,
  { init, journal }: Carried,
  { posted, passes, tree }: { posted: Posted; passes: ShardPasses; tree: ShardTree },
): Promise<Pick<BidResult, 'outcome' | 'bidId' | 'taken' | 'refunded' | 'failures'>> {
  const { chain, control, owner } = components;
  const { signal, n } = init;
  const { bidId, reserved } = posted;
  const { objectKey, roots } = passes.object;
  const bid = await chain.bid(bidId, { signal });
  const holders =
    bid === undefined
      ? undefined
      : new BidHolders(control, {
          bidId,
          terms: bid.terms,
          client: owner.address,
          objectKey,
          tree,
          roots,
          before: new Map(journal.record.places.map(({ shardIndex, provider }) => [shardIndex, provider])),
        });
  if (bid !== undefined && holders !== undefined) {
    const { terms } = bid;
    const signatures = new BidSignatures({ control, holders }, { bidId, terms, client: owner.address });
    const savePlaces = async (): Promise<void> => journal.save({ places: holders.places() });
    try {
      await new BidJob(components, { bidId, bid: init, passes, holders, signatures, savePlaces }).run();
    } catch (error) {
      // A standing bid goes on without us: its providers keep the shards until it is over.
      if (terms.rest !== Rest.stand) await holders.releaseAll();
      throw await leaveBid(components, { bidId, terms, journal }, error, signal);
    }
  }
  const taken = await chain.taken(objectKey, { signal, newest: true });
  await holders?.releaseAll();
  return {
    outcome: taken.length === n ? 'filled' : taken.length === 0 ? 'untaken' : 'partly',
    bidId,
    taken,
    refunded: reserved * BigInt(n - taken.length),
    failures: holders?.failures ?? [],
  };
}

function passesOf(components: BidComponents, { source, init, content, journal }: Carried): ShardPasses {
  const { k, n, onProgress = noProgress } = init;
  const { objectKey, envelope, shards } = journal.record;
  const shared = { objectKey, k, n };
  return new ShardPasses({
    source,
    encode: { ...shared, owner: components.owner.publicKey, content },
    clock: components.clock,
    onProgress,
    frames: journal.frames,
    object:
      envelope === undefined || shards === undefined
        ? undefined
        : requireWhole({
            ...shared,
            plainBytes: envelope.plainBytes,
            envelope: envelope.bytes,
            unitsPerShard: shards.units,
            roots: shards.roots.map((root) => root ?? undefined),
          }),
  });
}

function stoppedUnposted(reason: unknown): StowError {
  return new StowError({
    code: 'interrupted',
    message: `${messageOf(reason)}: no bid was posted, nothing was paid, and no provider has anything of it`,
    hint: 'run the same command with --resume to go on; without it, it begins anew',
    exitCode: ExitCode.interrupted,
    cause: reason,
  });
}

function readOnce({ label }: PutSource): StowError {
  return new StowError({
    code: 'source-not-rereadable',
    message: `a bid names its shards before they are sent, so their bytes are read twice, and ${label} can be read once only`,
    hint: 'write the bytes to a file first and store that, or leave --bid out',
    exitCode: ExitCode.usage,
  });
}
