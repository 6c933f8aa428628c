import { constants, existsSync } from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

import { expect } from 'chai';

import { AlignedBlocks, isAligned } from '../../../node/store/aligned-blocks.ts';
import { DirectHandle } from '../../../node/store/direct-handle.ts';
import { systemFiles, writeFully } from '../../../node/store/fs/file-layer.ts';
import { temporaryFolders } from './temporary-folder.ts';

const BLOCK_BYTES = 131_072;
const hasDirect = (constants.O_DIRECT as number | undefined) !== undefined;

describe('aligned blocks', () => {
  it('are whole blocks of one length, each of its own, aligned to pages', () => {
    const blocks = new AlignedBlocks({ blockBytes: BLOCK_BYTES, maxKept: 2 });
    const taken = Array.from({ length: 20 }, () => blocks.take());
    for (const [index, block] of taken.entries()) {
      expect(block.byteLength).to.equal(BLOCK_BYTES);
      expect(isAligned(block, 65_536)).to.equal(true);
      block.fill(index);
    }
    for (const [index, block] of taken.entries()) expect(block.every((byte) => byte === index)).to.equal(true);
  });

  it('are lent again when they are given back, as many as are to be kept', () => {
    const blocks = new AlignedBlocks({ blockBytes: BLOCK_BYTES, maxKept: 2 });
    // All of the first slab.
    const taken = Array.from({ length: 8 }, () => blocks.take());
    for (const block of taken.slice(0, 3)) blocks.give(block);
    const again = [blocks.take(), blocks.take(), blocks.take()];
    expect(again.filter((block) => taken.includes(block))).to.have.length(2);
  });

  it('tell which part of memory begins and ends at a block', () => {
    const block = new AlignedBlocks({ blockBytes: BLOCK_BYTES, maxKept: 0 }).take();
    expect(isAligned(block.subarray(4_096, 12_288), 4_096)).to.equal(true);
    expect(isAligned(block.subarray(1, 4_097), 4_096)).to.equal(false);
    expect(isAligned(block.subarray(0, 4_095), 4_096)).to.equal(false);
    // Whatever lies there: nobody promised where it begins.
    expect(isAligned(new Uint8Array(BLOCK_BYTES), 4_096)).to.equal(false);
  });
});

describe('direct handle', () => {
  const newFolder = temporaryFolders();
  const block = new AlignedBlocks({ blockBytes: BLOCK_BYTES, maxKept: 0 }).take();

  it('writes and reads whole blocks, seen by whoever else has the file open', async function () {
    if (!hasDirect) this.skip();
    const path = join(await newFolder(), 'file');
    await writeFile(path, '');
    const direct = await DirectHandle.open(path, 'change');
    const bytes = randomBytes(BLOCK_BYTES);
    block.set(bytes);
    expect(await direct.write(block, 4_096)).to.equal(BLOCK_BYTES);
    expect((await readFile(path)).subarray(4_096)).to.deep.equal(bytes);
    block.fill(0);
    expect(await direct.read(block.subarray(0, 8_192), 4_096)).to.equal(8_192);
    expect(Buffer.from(block.subarray(0, 8_192))).to.deep.equal(bytes.subarray(0, 8_192));
    await direct.close();
  });

  it('leaves to others what is no whole block: position, length or memory', async () => {
    const path = join(await newFolder(), 'file');
    await writeFile(path, randomBytes(BLOCK_BYTES));
    const direct = await DirectHandle.open(path, 'change');
    expect(await direct.write(block, 1)).to.equal(undefined);
    expect(await direct.write(block.subarray(0, 100), 0)).to.equal(undefined);
    expect(await direct.read(Buffer.alloc(4_096), 0)).to.equal(undefined);
    await direct.close();
    expect(await direct.read(block, 0)).to.equal(undefined);
  });

  it('does nothing where a file system cannot, and where there is no such file', async () => {
    const paths = ['/proc/self/status', join(await newFolder(), 'missing')].filter(
      (path) => !path.startsWith('/proc') || existsSync(path),
    );
    for (const path of paths) {
      const direct = await DirectHandle.open(path, 'read');
      expect(await direct.read(block, 0)).to.equal(undefined);
      await direct.close();
    }
  });

  it('goes together with usual writes of the same file: every byte is there, whatever is aligned', async () => {
    const path = join(await newFolder(), 'file');
    const file = await systemFiles.open(path, 'create', { direct: true });
    const bytes = randomBytes(3 * BLOCK_BYTES);
    for (let at = 0; at < bytes.byteLength;) {
      // Lengths around those of blocks: some are written directly, some are not.
      const length = Math.min(bytes.byteLength - at, [BLOCK_BYTES, 4_096, 10, 4_086, 8_192][at % 5] ?? 1);
      block.set(bytes.subarray(at, at + length));
      await writeFully(file, block.subarray(0, length), at);
      at += length;
    }
    await file.sync();
    await file.close();
    expect(await readFile(path)).to.deep.equal(bytes);
    const again = await systemFiles.open(path, 'read', { direct: true });
    expect(await again.read(block, BLOCK_BYTES)).to.equal(BLOCK_BYTES);
    expect(Buffer.from(block)).to.deep.equal(bytes.subarray(BLOCK_BYTES, 2 * BLOCK_BYTES));
    await again.close();
    await using handle = await open(path);
    expect((await handle.stat()).size).to.equal(bytes.byteLength);
  });
});
