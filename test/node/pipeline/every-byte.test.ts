import { expect } from 'chai';

import { UNIT_BYTES } from '../../../node/core/units.ts';
import { openEnvelope } from '../../../node/pipeline/header/envelope.ts';
import { decodeHeaderUnit, envelopeAad } from '../../../node/pipeline/header/header-unit.ts';
import { unitRoot } from '../../../node/pipeline/merkle/unit-tree.ts';
import { seededBytes } from '../../vectors/reference/bytes.ts';
import { EVERY_CASE } from '../support/effort.ts';
import { codeOf, OWNER_PRIVATE_KEY, store } from './object-fixture.ts';

/** Every bit of a unit, or one bit of each thirty-first byte. */
const [STEP, BITS] = EVERY_CASE ? [1, 8] : [31, 1];

describe('every byte', () => {
  let header: Uint8Array;
  let cell: Uint8Array;
  before(async () => {
    const { shards } = await store(seededBytes(100_000, 1), 2, 3);
    const shard = shards[1] ?? new Uint8Array();
    header = shard.slice(0, UNIT_BYTES);
    cell = shard.slice(UNIT_BYTES, 2 * UNIT_BYTES);
  });

  it('of a unit is bound by its root', function () {
    this.timeout(EVERY_CASE ? 3_600_000 : 20_000);
    for (const unit of [header, cell]) {
      const root = Buffer.from(unitRoot(unit));
      for (let at = 0; at < UNIT_BYTES; at += STEP) {
        for (let bit = 0; bit < BITS; bit++) {
          flip(unit, at, 1 << (bit === 0 ? at % 8 : (at + bit) % 8));
          if (root.equals(unitRoot(unit))) expect.fail(`byte ${at} of a unit`);
          flip(unit, at, 1 << (bit === 0 ? at % 8 : (at + bit) % 8));
        }
      }
    }
  });

  it('of a header unit is found by its format or its envelope, but for the index, which its root binds', async function () {
    this.timeout(60_000);
    const end = 9 + Buffer.from(header).readUInt32BE(5);
    const { index } = decodeHeaderUnit(header);
    let otherIndices = 0;
    for (let at = 0; at < UNIT_BYTES; at++) {
      for (const mask of at < end ? [1, 0x80, 0xff] : [1]) {
        flip(header, at, mask);
        const code = await codeOf(openHeader());
        if (code === 'no error') {
          expect(decodeHeaderUnit(header).index, `byte ${at}`).not.to.equal(index);
          otherIndices++;
        } else {
          expect(code, `byte ${at}`).to.be.oneOf(['bad-header', 'header-version', 'bad-cbor', 'envelope-closed']);
        }
        flip(header, at, mask);
      }
    }
    expect(otherIndices).to.be.at.most(3);
    expect(await codeOf(openHeader())).to.equal('no error');
  });

  it('of a header unit has to be there', () => {
    for (let length = 0; length < UNIT_BYTES; length += STEP)
      expect(() => decodeHeaderUnit(header.subarray(0, length))).to.throw(`has ${length} bytes instead of 65536`);
  });

  async function openHeader(): Promise<void> {
    const decoded = decodeHeaderUnit(header);
    await openEnvelope(OWNER_PRIVATE_KEY, decoded.envelope, envelopeAad(decoded));
  }
});

function flip(bytes: Uint8Array, at: number, mask: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ mask;
}
