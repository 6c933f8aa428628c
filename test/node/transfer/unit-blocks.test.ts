import { PassThrough } from 'node:stream';
import type { Http2Stream } from 'node:http2';
import { expect } from 'chai';
import * as fc from 'fast-check';

import { UNIT_BYTES } from '../../../node/core/units.ts';
import { UnitBlocks, type UnitBlocksInit } from '../../../node/transfer/unit-blocks.ts';

const BLOCK_UNITS = 4;
const BLOCK_BYTES = BLOCK_UNITS * UNIT_BYTES;

function blocksOf(memory: UnitBlocksInit['memory'], onChunk: (length: number) => void = () => undefined) {
  const stream = new PassThrough({ highWaterMark: UNIT_BYTES });
  const blocks = new UnitBlocks({ stream: stream as unknown as Http2Stream, blockBytes: BLOCK_BYTES, memory, onChunk });
  return { stream, blocks };
}

async function feed(stream: PassThrough, bytes: Buffer, sizes: readonly number[]): Promise<void> {
  let offset = 0;
  for (let i = 0; offset < bytes.byteLength; i++) {
    const end = offset + (sizes[i % sizes.length] ?? 1);
    if (!stream.write(Buffer.from(bytes.subarray(offset, end)))) {
      await new Promise((resolve) => stream.once('drain', resolve));
    }
    offset = end;
  }
  stream.end();
}

describe('UnitBlocks', function () {
  this.timeout(60_000);

  it('gives every whole unit in order, whatever the pieces, and tells what is left over', async () => {
    const cases = fc.record({
      length: fc.integer({ min: 0, max: 9 * UNIT_BYTES + 17 }),
      sizes: fc.array(fc.integer({ min: 100, max: 2 * BLOCK_BYTES }), { minLength: 1, maxLength: 4 }),
      memory: fc.constantFrom('new' as const, 'reused' as const, 'into' as const),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ length, sizes, memory }) => {
        const bytes = Buffer.alloc(length);
        for (let at = 0; at < length; at += 97) bytes[at] = at % 251;
        const { stream, blocks } = blocksOf(
          memory === 'into' ? { into: new Uint8Array(Math.ceil(length / UNIT_BYTES) * UNIT_BYTES) } : memory,
        );
        const fed = feed(stream, bytes, sizes);
        const got: Buffer[] = [];
        for (let block = await blocks.next(); block !== undefined; block = await blocks.next()) {
          expect(block.byteLength % UNIT_BYTES).to.equal(0);
          got.push(Buffer.from(block));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await fed;
        const whole = length - (length % UNIT_BYTES);
        expect(Buffer.compare(Buffer.concat(got), bytes.subarray(0, whole))).to.equal(0);
        expect(blocks.strayBytes).to.equal(length % UNIT_BYTES);
        expect(await blocks.next()).to.equal(undefined);
      }),
      { numRuns: 60 },
    );
  });

  it('does not touch a block again unless told that it may', async () => {
    const { stream, blocks } = blocksOf('new');
    void feed(stream, Buffer.alloc(4 * BLOCK_BYTES, 1), [UNIT_BYTES]);
    const first = await blocks.next();
    first?.fill(9);
    while ((await blocks.next()) !== undefined) continue;
    expect(first?.every((byte) => byte === 9)).to.equal(true);
  });

  it('stops the sender while nobody takes blocks', async () => {
    let received = 0;
    const { stream, blocks } = blocksOf('reused', (length) => (received += length));
    void feed(stream, Buffer.alloc(40 * BLOCK_BYTES), [UNIT_BYTES]);
    await blocks.next();
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(received).to.be.at.most(4 * BLOCK_BYTES);
    blocks.close();
  });

  it('passes on what onChunk throws, and a stream that breaks off', async () => {
    const refusal = new Error('too long');
    const refused = blocksOf('reused', () => {
      throw refusal;
    });
    refused.stream.write(Buffer.alloc(10));
    expect(await refused.blocks.next().catch((error: unknown) => error)).to.equal(refusal);
    const broken = blocksOf('reused');
    broken.stream.write(Buffer.alloc(10));
    broken.stream.destroy();
    expect(await broken.blocks.next().catch(String)).to.include('broke off');
  });
});
