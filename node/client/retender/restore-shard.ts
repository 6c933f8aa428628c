import { assert } from '../../core/assert.ts';
import { messageOf } from '../../core/errors.ts';
import { UNIT_BYTES } from '../../core/units.ts';
import { ObjectEncoder } from '../../pipeline/encode/object-encoder.ts';
import { openForReading } from '../get/get.ts';
import { ownEnvelope } from '../get/unseal.ts';
import type { Holder } from '../../transfer/read/holder.ts';
import type { ShardAccess } from '../../transfer/read/shard-access.ts';
import { openOthers, rebuildFromOthers } from '../../transfer/read/rebuild-from-others.ts';
import { VerifiedReader } from '../../transfer/read/verified-reader.ts';
import { HEADER_UNITS } from '../../pipeline/layout.ts';

/** One request of a relay, 4 MiB: a round trip is small against it. Two of them are the memory that a relay takes. */
const RELAY_UNITS = 64;

/** Whose object it is. Only a replica needs the key: it is rebuilt by deciphering another and enciphering anew. */
export interface ShardOwner {
  /** Raw X25519. */
  publicKey: Uint8Array;
  privateKey: Uint8Array;
}

export interface RestoreInit {
  objectKey: Uint8Array;
  /** Who holds the shard, or held it a moment ago; undefined when nobody does. */
  holder: Holder | undefined;
  shardIndex: number;
  /** Holders of the object's other shards. */
  others: readonly Holder[];
  owner: ShardOwner;
  signal: AbortSignal;
  /** Hears why the holder's own bytes were not, or not all, used. */
  onRebuild?: ((reason: string) => void) | undefined;
}

/**
 * The bytes of one shard in upload order (units 1, 2, … and the header last), from wherever they are: its holder as long as that
 * answers and shows what belongs to the root; from there on, rebuilt from any k other shards. Every unit of the holder's is checked
 * before it is passed on, and what is rebuilt comes out the same to the byte, so whoever receives it computes the root that the chain
 * knows, or there is a fault. Memory is a few windows, whatever the size.
 * @throws StowError `too-few-shards`, `too-few-good-shards` when neither the holder nor k others give theirs
 */
export async function* restoreShard(access: ShardAccess, init: RestoreInit): AsyncGenerator<Uint8Array> {
  const { holder, signal, onRebuild = () => undefined } = init;
  let doneUnits = 0;
  if (holder === undefined) onRebuild('nobody holds it');
  else {
    const source = relay(access, holder, signal);
    try {
      for (let piece = await source.next(); piece.done !== true; piece = await source.next()) {
        yield piece.value;
        doneUnits += piece.value.byteLength / UNIT_BYTES;
      }
      return;
    } catch (error) {
      signal.throwIfAborted();
      onRebuild(messageOf(error));
    } finally {
      await source.return(undefined);
    }
  }
  yield* rebuild(access, init, doneUnits);
}

/** The holder's own bytes; the next request is under way while the last answer is passed on. */
async function* relay(
  access: ShardAccess,
  holder: Holder,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = await VerifiedReader.open(access, holder, { signal });
  const spans = uploadSpans(holder.units);
  const read = async ({ from, count }: UnitRun): Promise<Uint8Array> => {
    return reader.readUnits(from, count, { signal });
  };
  let ahead = read(spans[0] ?? { from: 0, count: holder.units });
  for (const [index] of spans.entries()) {
    const bytes = await ahead;
    const next = spans[index + 1];
    if (next !== undefined) {
      ahead = read(next);
      // It is awaited in its turn, if there is one: whoever leaves early does not hear of its failure.
      ahead.catch(() => undefined);
    }
    yield bytes;
  }
}

interface UnitRun {
  from: number;
  count: number;
}

/** Units 1 to the last in runs, then the header. */
function uploadSpans(units: number): UnitRun[] {
  const runs: UnitRun[] = [];
  for (let from = HEADER_UNITS; from < units; from += RELAY_UNITS)
    runs.push({ from, count: Math.min(RELAY_UNITS, units - from) });
  return [...runs, { from: 0, count: HEADER_UNITS }];
}

/** The shard out of k others; with replicas, which are enciphered apart, by the owner's key. */
async function* rebuild(
  access: ShardAccess,
  init: RestoreInit,
  doneUnits: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const over = new AbortController();
  const signal = AbortSignal.any([init.signal, over.signal]);
  const { objectKey, shardIndex, others: holders } = init;
  try {
    const others = await openOthers(access, { objectKey, shardIndex, holders, signal });
    if (others.header.k > 1) yield* rebuildFromOthers(others, { shardIndex, signal, skipUnits: doneUnits });
    else yield* encipherAgain(access, { ...init, signal }, doneUnits);
  } finally {
    over.abort(new Error('the shard is not wanted any more'));
  }
}

/**
 * A replica out of another: the object is read as for its owner, and encoded again under the key and the envelope that its headers
 * hold. The same plaintext under the same key gives the same ciphertext, so no nonce is ever used for two texts.
 * @param doneUnits units of the upload order that were passed on before
 */
async function* encipherAgain(
  access: ShardAccess,
  { objectKey, shardIndex, others, owner, signal }: RestoreInit,
  doneUnits: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const readable = await openForReading(access, {
    objectKey,
    holders: others.filter((holder) => holder.shardIndex !== shardIndex),
    unseal: ownEnvelope(owner.privateKey),
    signal,
  });
  const { k, n, envelope } = readable.header;
  const encoder = new ObjectEncoder(readable.bytes(), {
    objectKey,
    k,
    n,
    // A shard that began as a spare has an index of n or above.
    shards: Math.max(n, shardIndex + 1),
    owner: owner.publicKey,
    content: readable.content,
    envelope,
    signal,
  });
  const wanted = encoder.shards[shardIndex];
  assert(wanted !== undefined, `shard ${shardIndex} of ${n}`);
  try {
    // A stream that nobody reads would hold up the others.
    await Promise.all(encoder.shards.map(async (stream) => (stream === wanted ? undefined : stream.return?.())));
    let skipBytes = doneUnits * UNIT_BYTES;
    for await (const { bytes } of wanted) {
      const skipped = Math.min(skipBytes, bytes.byteLength);
      skipBytes -= skipped;
      if (skipped < bytes.byteLength) yield bytes.subarray(skipped);
    }
  } finally {
    await wanted.return?.();
  }
}
