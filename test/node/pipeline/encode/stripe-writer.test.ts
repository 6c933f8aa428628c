import { expect } from 'chai';
import { randomBytes } from 'node:crypto';

import { toHex } from '../../../../node/core/bytes.ts';
import { CELL_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { StripeRing } from '../../../../node/pipeline/encode/stripe-ring.ts';
import { StripeWriter } from '../../../../node/pipeline/encode/stripe-writer.ts';
import { ShardCommitment } from '../../../../node/pipeline/merkle/commitment.ts';
import { slowParity } from '../erasure/scalar-code.ts';
import { unhandledDuring } from '../../support/unhandled.ts';

interface Fixture {
  ring: StripeRing;
  writer: StripeWriter;
  commitments: ShardCommitment[];
}

/** A writer into a ring whose memory holds what former stripes left there. */
function newWriter(k: number, n: number): Fixture {
  const ring = new StripeRing({ k, n });
  for (let slot = 0; slot < ring.buffer.slots; slot++)
    for (let index = 0; index < n; index++) ring.buffer.cell(slot, index).fill(0xee);
  const commitments = Array.from({ length: n }, () => new ShardCommitment());
  return { ring, writer: new StripeWriter(ring, commitments), commitments };
}

/** Reads each shard's stripes as they come, and lets their slots go. */
async function readAll(ring: StripeRing, n: number): Promise<Buffer[]> {
  const readShard = async (_: unknown, shard: number): Promise<Buffer> => {
    const cells: Buffer[] = [];
    for (let stripe = 0; ; stripe++) {
      ring.release(shard, stripe);
      const cell = await ring.read(shard, stripe);
      if (cell === undefined) return Buffer.concat(cells);
      cells.push(Buffer.from(cell));
    }
  };
  return Promise.all(Array.from({ length: n }, readShard));
}

function padded(bytes: Uint8Array, length: number): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.byteLength)]);
}

function expectShards(got: readonly Buffer[], expected: readonly Uint8Array[], commitments: ShardCommitment[]): void {
  expect(got.map(({ byteLength }) => byteLength)).to.deep.equal(expected.map(({ byteLength }) => byteLength));
  for (const [index, shard] of expected.entries()) {
    expect(Buffer.compare(got[index]!, shard), `shard ${index}`).to.equal(0);
    const whole = new ShardCommitment();
    whole.write(shard);
    expect(toHex(commitments[index]!.finish()), `root of shard ${index}`).to.equal(toHex(whole.finish()));
  }
}

describe('stripe writer', () => {
  it('cuts the last stripe into cells of whole units, with zeros after its end, whatever lay there', async () => {
    for (const bytes of [1, UNIT_BYTES + 5, 3 * UNIT_BYTES, 3 * UNIT_BYTES + 1, 5 * UNIT_BYTES + 9]) {
      const { ring, writer, commitments } = newWriter(3, 5);
      const text = randomBytes(bytes);
      const reading = readAll(ring, 5);
      await writer.append(text);
      expect(await writer.finish()).to.deep.equal({ stripes: 1 });
      const cellBytes = Math.ceil(bytes / (3 * UNIT_BYTES)) * UNIT_BYTES;
      const whole = padded(text, 3 * cellBytes);
      const data = [0, 1, 2].map((cell) => whole.subarray(cell * cellBytes, (cell + 1) * cellBytes));
      expectShards(await reading, [...data, slowParity(data, 3), slowParity(data, 4)], commitments);
    }
  });

  it('lays pieces of any size one after the other over the cells of a stripe, and over stripes', async () => {
    const { ring, writer, commitments } = newWriter(2, 3);
    const text = randomBytes(4 * 2 * CELL_BYTES + 100);
    const reading = readAll(ring, 3);
    let at = 0;
    for (const size of [0, 1, CELL_BYTES - 2, 3, 2 * CELL_BYTES, 5 * CELL_BYTES + 7, CELL_BYTES])
      await writer.append(text.subarray(at, (at += size)));
    expect(await writer.finish()).to.deep.equal({ stripes: 5 });
    const stripes: Uint8Array[][] = [0, 1, 2, 3].map((stripe) =>
      [0, 1].map((cell) => text.subarray((2 * stripe + cell) * CELL_BYTES, (2 * stripe + cell + 1) * CELL_BYTES)),
    );
    stripes.push([padded(text.subarray(8 * CELL_BYTES), UNIT_BYTES), Buffer.alloc(UNIT_BYTES)]);
    const shards = [0, 1].map((cell) => Buffer.concat(stripes.map((cells) => cells[cell]!)));
    expectShards(await reading, [...shards, Buffer.concat(stripes.map((cells) => slowParity(cells, 2)))], commitments);
  });

  it('lays each replica into a cell of its own', async () => {
    const { ring, writer, commitments } = newWriter(1, 2);
    const texts = [randomBytes(CELL_BYTES + 3), randomBytes(CELL_BYTES + 3)];
    const reading = readAll(ring, 2);
    await writer.append(...texts);
    expect(await writer.finish()).to.deep.equal({ stripes: 2 });
    expectShards(
      await reading,
      texts.map((text) => padded(text, CELL_BYTES + UNIT_BYTES)),
      commitments,
    );
  });

  it('writes no stripe for what ends with one, nor for nothing', async () => {
    const { ring, writer } = newWriter(2, 2);
    const reading = readAll(ring, 2);
    await writer.append(randomBytes(2 * CELL_BYTES));
    await writer.append();
    await writer.append(new Uint8Array());
    expect(await writer.finish()).to.deep.equal({ stripes: 1 });
    expect((await reading).map(({ byteLength }) => byteLength)).to.deep.equal([CELL_BYTES, CELL_BYTES]);
    expect(await newWriter(2, 3).writer.finish()).to.deep.equal({ stripes: 0 });
  });

  it('fails at its end, and not before, when a shard’s tree cannot be computed', async () => {
    const broken = new Error('no tree');
    const commitment = new ShardCommitment();
    commitment.writeRoots = () => {
      throw broken;
    };
    const writer = new StripeWriter(new StripeRing({ k: 1, n: 1 }), [commitment]);
    const unhandled = await unhandledDuring(async () => writer.append(new Uint8Array(CELL_BYTES)));
    expect(unhandled).to.deep.equal([]);
    expect(await writer.finish().catch((error: unknown) => error)).to.equal(broken);
  });

  it('takes ciphertexts of one length only', async () => {
    const { writer } = newWriter(1, 3);
    const failure: unknown = await writer
      .append(new Uint8Array(2), new Uint8Array(2), new Uint8Array(1))
      .catch((error: unknown) => error);
    expect(String(failure)).to.equal('AssertionError: assertion failed: ciphertexts of one length');
  });
});
