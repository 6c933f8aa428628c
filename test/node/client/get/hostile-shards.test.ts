import { expect } from 'chai';

import type { Holder } from '../../../../node/transfer/read/holder.ts';
import { openForReading } from '../../../../node/client/get/get.ts';
import { ownEnvelope } from '../../../../node/client/get/unseal.ts';
import type { ShardAccess } from '../../../../node/transfer/read/shard-access.ts';
import { restoreShard } from '../../../../node/client/retender/restore-shard.ts';
import { isStowError } from '../../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import { ownerPublicKey } from '../../../../node/pipeline/header/envelope.ts';
import { unitRoot } from '../../../../node/pipeline/merkle/unit-tree.ts';
import { seededBytes } from '../../../vectors/reference/bytes.ts';
import { gather, OWNER_PRIVATE_KEY, store, type Stored } from '../../pipeline/object-fixture.ts';
import { EVERY_CASE } from '../../support/effort.ts';
import { fakeProvider } from '../support/fake-market.ts';

const privateKey = OWNER_PRIVATE_KEY;
const { signal } = new AbortController();
/** All permutations of so many shards, and all losses of so many. */
const LARGEST_PERMUTED = EVERY_CASE ? 6 : 4;
const LARGEST_LOST = EVERY_CASE ? 8 : 4;

/** Gives out, for shard i of the holders, the bytes that lie at place i. */
function serving(places: readonly (Uint8Array | undefined)[]): ShardAccess {
  const at = ({ shardIndex }: Holder): Uint8Array => {
    const bytes = places[shardIndex];
    if (bytes === undefined) throw new Error(`shard ${shardIndex} is lost`);
    return bytes;
  };
  return {
    async unitRoots(holder) {
      const shard = at(holder);
      return Buffer.concat(
        Array.from({ length: shard.byteLength / UNIT_BYTES }, (_, unit) => unitRoot(unitAt(shard, unit))),
      );
    },
    async *readUnits(holder, from, count) {
      yield at(holder).subarray(from * UNIT_BYTES, (from + count) * UNIT_BYTES);
    },
  };
}

function unitAt(shard: Uint8Array, unit: number): Uint8Array {
  return shard.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES);
}

/** Shard i of an object as its agreement names it; `roots` when other roots were agreed. */
function holdersOf({ object }: Stored, roots: readonly Uint8Array[] = object.roots): Holder[] {
  const { unitsPerShard: units } = object;
  return roots.map((root, shardIndex) => ({
    shardIndex,
    agreement: 1n,
    provider: fakeProvider(shardIndex + 1),
    root,
    units,
  }));
}

async function read({ object }: Stored, access: ShardAccess, holders: readonly Holder[]): Promise<Uint8Array> {
  const readable = await openForReading(access, {
    objectKey: object.objectKey,
    holders,
    unseal: ownEnvelope(privateKey),
    signal,
  });
  return gather(readable.bytes());
}

/** The plaintext, whole and right, or a failure that says that bytes were wrong: nothing else may come out. */
async function rightOrRefused(work: Promise<Uint8Array>, plain: Uint8Array): Promise<'right' | 'refused'> {
  try {
    expect(Buffer.compare(await work, plain)).to.equal(0);
    return 'right';
  } catch (error) {
    expect(isStowError(error), String(error)).to.equal(true);
    expect(error).to.include({ exitCode: 7 });
    return 'refused';
  }
}

function* permutations(n: number, rest = Array.from({ length: n }, (_, i) => i)): Generator<number[]> {
  if (rest.length === 0) yield [];
  for (const first of rest)
    for (const tail of permutations(
      n,
      rest.filter((one) => one !== first),
    ))
      yield [first, ...tail];
}

function* subsets(n: number, most: number, from = 0): Generator<number[]> {
  yield [];
  if (most > 0) for (let i = from; i < n; i++) for (const tail of subsets(n, most - 1, i + 1)) yield [i, ...tail];
}

describe('shards in the wrong place', () => {
  /** So many bytes that each of k data shards has some: of one that has none, nothing is read. */
  const plainOf = (k: number): Uint8Array => seededBytes(k * UNIT_BYTES - 1_000, 3);

  for (let n = 2; n <= LARGEST_PERMUTED; n++) {
    it(`are found, in every permutation of ${n} among providers and among agreements`, async function () {
      this.timeout(EVERY_CASE ? 1_200_000 : 20_000);
      for (let k = 1; k <= n; k++) {
        const plain = plainOf(k);
        const stored = await store(plain, k, n);
        const { shards, object } = stored;
        for (const order of permutations(n)) {
          const places = order.map((index) => shards[index]);
          const inPlace = order.filter((index, place) => index === place).length;
          // Providers hold each other's shards: those in place give the object back if there are k of them.
          const byProvider = await rightOrRefused(read(stored, serving(places), holdersOf(stored)), plain);
          expect(byProvider, `${k} of ${n}, ${order.join()}`).to.equal(inPlace >= k ? 'right' : 'refused');
          // The agreements themselves name each other's roots: only headers and tags can tell.
          const roots = order.map((index) => object.roots[index] ?? new Uint8Array());
          const byAgreement = await rightOrRefused(read(stored, serving(places), holdersOf(stored, roots)), plain);
          expect(byAgreement, `${k} of ${n}, roots ${order.join()}`).to.equal(inPlace >= k ? 'right' : 'refused');
        }
      }
    });
  }

  it('are found when they are of another object, whatever their number', async () => {
    const plain = plainOf(2);
    const other = await store(seededBytes(plain.byteLength, 9), 2, 4);
    const stored = await store(plain, 2, 4);
    for (const foreign of subsets(4, 4)) {
      const places = stored.shards.map((shard, index) => (foreign.includes(index) ? other.shards[index] : shard));
      const roots = stored.object.roots.map((root, i) =>
        foreign.includes(i) ? (other.object.roots[i] ?? root) : root,
      );
      const byProvider = await rightOrRefused(read(stored, serving(places), holdersOf(stored)), plain);
      expect(byProvider).to.equal(foreign.length <= 2 ? 'right' : 'refused');
      const byAgreement = await rightOrRefused(read(stored, serving(places), holdersOf(stored, roots)), plain);
      expect(byAgreement, `foreign: ${foreign.join()}`).to.equal(foreign.length <= 2 ? 'right' : 'refused');
    }
  });
});

describe('lost shards', () => {
  for (let n = 1; n <= LARGEST_LOST; n++) {
    it(`come back to the byte after every loss that leaves k of ${n}, and again after another one`, async function () {
      this.timeout(EVERY_CASE ? 3_600_000 : 30_000);
      const plain = seededBytes(70_000, n);
      for (let k = 1; k <= n; k++) {
        const stored = await store(plain, k, n);
        let places: (Uint8Array | undefined)[] = stored.shards;
        // Each loss strikes what the repair before it wrote.
        for (const lost of subsets(n, n - k)) {
          const left = places.map((shard, index) => (lost.includes(index) ? undefined : shard));
          expect(Buffer.compare(await read(stored, serving(left), holdersOf(stored)), plain)).to.equal(0);
          places = await repaired(stored, left, lost);
          for (const [index, shard] of places.entries())
            expect(Buffer.compare(shard ?? new Uint8Array(), stored.shards[index] ?? new Uint8Array())).to.equal(0);
        }
      }
    });
  }
});

async function repaired(
  stored: Stored,
  left: readonly (Uint8Array | undefined)[],
  lost: readonly number[],
): Promise<(Uint8Array | undefined)[]> {
  const holders = holdersOf(stored);
  const owner = { privateKey, publicKey: ownerPublicKey(privateKey) };
  const places = [...left];
  for (const shardIndex of lost) {
    const others = holders.filter((holder) => left[holder.shardIndex] !== undefined);
    const init = { objectKey: stored.object.objectKey, holder: undefined, shardIndex, others, owner, signal };
    const uploaded = await gather(restoreShard(serving(left), init));
    places[shardIndex] = Buffer.concat([uploaded.subarray(-UNIT_BYTES), uploaded.subarray(0, -UNIT_BYTES)]);
  }
  return places;
}
