import { once } from 'node:events';
import { expect } from 'chai';

import { isStowError } from '../../../../node/core/errors.ts';
import { DIGEST_BYTES, UNIT_BYTES } from '../../../../node/core/units.ts';
import { unitRoot } from '../../../../node/pipeline/merkle/unit-tree.ts';
import { rootOfUnitRoots } from '../../../../node/pipeline/merkle/upper-tree.ts';
import type { Holder } from '../../../../node/transfer/read/holder.ts';
import type { ShardAccess } from '../../../../node/transfer/read/shard-access.ts';
import { VerifiedReader } from '../../../../node/transfer/read/verified-reader.ts';
import type { WrongBytes } from '../../../../node/transfer/read/wrong-bytes.ts';

const UNITS = 6;
const shard = Buffer.alloc(UNITS * UNIT_BYTES, 7);
for (let unit = 0; unit < UNITS; unit++) shard.writeUInt32BE(unit, unit * UNIT_BYTES);
const unitAt = (unit: number): Buffer => shard.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES);
const unitRoots = new Uint8Array(UNITS * DIGEST_BYTES);
for (let unit = 0; unit < UNITS; unit++) unitRoots.set(unitRoot(unitAt(unit)), unit * DIGEST_BYTES);

const holder: Holder = {
  shardIndex: 2,
  agreement: 1n,
  provider: { id: 9, peerId: 'nobody', addresses: [] },
  root: rootOfUnitRoots(unitRoots),
  units: UNITS,
};

interface Heard {
  checkedBytes: number;
  wrong: WrongBytes[];
}

/** A holder that sends a unit at a time. @param sent of each unit what is sent; nothing more after the last, and no end, as of one who waits to be paid */
function access(sent: readonly Buffer[], isEnding: boolean): { source: ShardAccess; heard: Heard } {
  const heard: Heard = { checkedBytes: 0, wrong: [] };
  const source: ShardAccess = {
    unitRoots: async () => unitRoots,
    async *readUnits(_holder, _from, _count, { signal }) {
      for (const unit of sent) yield unit;
      if (isEnding) return;
      if (signal !== undefined && !signal.aborted) await once(signal, 'abort');
      throw signal?.reason;
    },
    onChecked: (_holder, byteLength) => (heard.checkedBytes += byteLength),
    onWrongBytes: (found) => heard.wrong.push(found),
  };
  return { source, heard };
}

const signal = new AbortController().signal;

describe('VerifiedReader', () => {
  it('gives back what belongs to the root, and says how much was checked', async () => {
    const { source, heard } = access([unitAt(1), unitAt(2), unitAt(3)], true);
    const reader = await VerifiedReader.open(source, holder, { signal });
    const bytes = await reader.readUnits(1, 3, { signal });
    expect(Buffer.compare(bytes, shard.subarray(UNIT_BYTES, 4 * UNIT_BYTES))).to.equal(0);
    expect(heard).to.deep.equal({ checkedBytes: 3 * UNIT_BYTES, wrong: [] });
  });

  for (const [wrong, sends] of [
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 5],
  ] as const)
    it(`ends at wrong bytes in unit ${wrong} though a holder that sent ${sends} units sends nothing more, and keeps the evidence`, async () => {
      const bad = Buffer.from(unitAt(wrong));
      bad[1_000]! ^= 1;
      const { source, heard } = access(
        Array.from({ length: sends }, (_, unit) => (unit === wrong ? bad : unitAt(unit))),
        false,
      );
      const reader = await VerifiedReader.open(source, holder, { signal });
      const error = await reader.readUnits(0, UNITS, { signal }).catch((thrown: unknown) => thrown);
      expect(isStowError(error, 'shard-corrupt'), String(error)).to.equal(true);
      expect(heard.wrong).to.have.lengthOf(1);
      expect(heard.checkedBytes <= wrong * UNIT_BYTES, 'nothing from the wrong unit on').to.equal(true);
    });

  it('says where a holder stopped short', async () => {
    const { source } = access([unitAt(0), unitAt(1)], true);
    const reader = await VerifiedReader.open(source, holder, { signal });
    const error = await reader.readUnits(0, UNITS, { signal }).catch((thrown: unknown) => thrown);
    expect(isStowError(error, 'shard-truncated'), String(error)).to.equal(true);
    expect(String(error)).to.contain('ends before its unit 2 of 6');
  });

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const { source } = access([unitAt(0)], false);
    const reader = await VerifiedReader.open(source, holder, { signal });
    const read = reader.readUnits(0, UNITS, { signal: stop.signal }).catch((thrown: unknown) => thrown);
    stop.abort(new Error('enough'));
    expect(String(await read)).to.equal('Error: enough');
  });

  it('opens nothing whose unit roots do not make up the root', async () => {
    const { source, heard } = access([], true);
    const other = { ...source, unitRoots: async () => unitRoots.toReversed() };
    const error = await VerifiedReader.open(other, holder, { signal }).catch((thrown: unknown) => thrown);
    expect(isStowError(error, 'shard-corrupt'), String(error)).to.equal(true);
    expect(heard.wrong).to.have.lengthOf(1);
  });
});
