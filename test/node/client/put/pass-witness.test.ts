import { randomBytes } from 'node:crypto';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';

import { PassWitness, type WitnessLog } from '../../../../node/client/put/pass-witness.ts';
import { FrameLog } from '../../../../node/client/put/unfinished/frame-log.ts';
import { FRAME_BYTES } from '../../../../node/core/units.ts';
import { expectError } from '../support/expect-error.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const KEY = Buffer.alloc(32, 7);
const ENTRY_BYTES = 20;

describe('the witness of a source over several processes', () => {
  const folder = useTempFolder();
  const bytes = randomBytes(20 * FRAME_BYTES + 9);
  const logPath = (): string => join(folder.path, 'frames');

  async function* source(content: Uint8Array, chunkBytes = 700_001): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < content.byteLength; at += chunkBytes) yield content.subarray(at, at + chunkBytes);
  }

  /** One process reads until `frames` came through. */
  async function read(content: Uint8Array, frames = Infinity): Promise<Buffer> {
    const log = await FrameLog.open(logPath());
    try {
      const through: Buffer[] = [];
      const pass = new PassWitness('it', { log, key: KEY }).pass(source(content));
      for await (const frame of pass) {
        through.push(Buffer.from(frame));
        if (through.length >= frames) break;
      }
      return Buffer.concat(through);
    } finally {
      await log.close();
    }
  }

  it('lets the same bytes through again, and others of which nothing went out', async () => {
    expect((await read(bytes, 5)).equals(bytes.subarray(0, 5 * FRAME_BYTES))).to.equal(true);
    expect((await read(bytes)).equals(bytes)).to.equal(true);
    expect((await read(bytes)).equals(bytes)).to.equal(true);
    // One for each frame, and the end.
    expect((await readFile(logPath())).byteLength).to.equal(22 * ENTRY_BYTES);
  });

  for (const [what, change] of [
    ['a flipped bit', (content: Buffer) => content.writeUInt8(content.readUInt8(3 * FRAME_BYTES) ^ 1, 3 * FRAME_BYTES)],
    [
      'a flipped bit of the last frame',
      (content: Buffer) => content.writeUInt8(content.readUInt8(20 * FRAME_BYTES + 8) ^ 1, 20 * FRAME_BYTES + 8),
    ],
  ] as const) {
    it(`refuses ${what} before its frame comes through`, async () => {
      await read(bytes);
      const content = Buffer.from(bytes);
      change(content);
      await expectError(read(content), 'source-changed');
    });
  }

  it('refuses a source that became shorter or longer than a whole reading', async () => {
    await read(bytes);
    await expectError(read(bytes.subarray(0, 20 * FRAME_BYTES)), 'source-changed');
    const longer = Buffer.concat([bytes, randomBytes(FRAME_BYTES)]);
    await expectError(read(longer), 'source-changed');
  });

  it('refuses one that goes on behind a last frame that was whole: it was sealed as the last', async () => {
    await read(bytes.subarray(0, 3 * FRAME_BYTES));
    await expectError(read(bytes.subarray(0, 4 * FRAME_BYTES)), 'source-changed');
    expect((await read(bytes.subarray(0, 3 * FRAME_BYTES))).byteLength).to.equal(3 * FRAME_BYTES);
  });

  it('lets no frame through before its digest is durable', async () => {
    const written: number[] = [];
    let seen = 0;
    const log: WitnessLog = {
      digests: [],
      append: async (digests) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        written.push(digests.length);
      },
      isComplete: false,
      end: async () => undefined,
    };
    for await (const _frame of new PassWitness('it', { log, key: KEY }).pass(source(bytes))) {
      seen++;
      expect(written.reduce((sum, count) => sum + count, 0)).to.be.at.least(seen);
    }
    expect(seen).to.equal(21);
    expect(written.length, 'many frames share a sync').to.be.lessThan(6);
  });

  it('does not wait for more frames of a slow source', async () => {
    let done = 0;
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, FRAME_BYTES);
      await new Promise((resolve) => setTimeout(resolve, 1_050));
      yield bytes.subarray(FRAME_BYTES, FRAME_BYTES + 10);
      expect(done, 'the first frame went out').to.equal(1);
    }
    const log: WitnessLog = {
      digests: [],
      isComplete: false,
      append: async () => undefined,
      end: async () => undefined,
    };
    for await (const _frame of new PassWitness('it', { log, key: KEY }).pass(slow())) done++;
    expect(done).to.equal(2);
  });

  it('takes what a power cut tore for not written', async () => {
    await read(bytes);
    const whole = await readFile(logPath());
    await truncate(logPath(), 7 * ENTRY_BYTES + 11);
    const cut = await FrameLog.open(logPath());
    expect(cut.digests).to.have.lengthOf(7);
    await cut.close();
    const zeros = Buffer.from(whole);
    zeros.fill(0, 4 * ENTRY_BYTES, 6 * ENTRY_BYTES);
    await writeFile(logPath(), zeros);
    const torn = await FrameLog.open(logPath());
    expect(torn.digests).to.have.lengthOf(4);
    await torn.close();
    expect((await read(bytes)).equals(bytes)).to.equal(true);
    expect((await readFile(logPath())).equals(whole)).to.equal(true);
  });
});
