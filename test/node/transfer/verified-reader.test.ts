import { expect } from 'chai';

import { concat } from '../../../node/core/bytes.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { unitRoot } from '../../../node/pipeline/merkle/unit-tree.ts';
import { rootOfUnitRoots } from '../../../node/pipeline/merkle/upper-tree.ts';
import { VerifiedReader, type VerifiedReaderInit } from '../../../node/transfer/verified-reader.ts';
import { drain, failureOf, startPair, type Pair } from './fixtures.ts';

const UNITS = 23;

describe('VerifiedReader', function () {
  this.timeout(30_000);
  let pair: Pair;
  let init: VerifiedReaderInit;

  beforeEach(async () => {
    pair = await startPair({ units: UNITS });
    const { source } = pair;
    source.unitRootList.set(concat(...Array.from({ length: UNITS }, (_, unit) => unitRoot(source.unit(unit)))));
    source.root.set(rootOfUnitRoots(source.unitRootList));
    init = { client: pair.client, peer: pair.peer, root: source.root, units: UNITS };
  });
  afterEach(() => pair.stop());

  it('yields all units, and ranges, byte for byte', async () => {
    const reader = new VerifiedReader(init);
    let unit = 0;
    for await (const bytes of reader.read(0, UNITS)) {
      expect(Buffer.compare(bytes, pair.source.unit(unit++))).to.equal(0);
    }
    expect(unit).to.equal(UNITS);
    for (const [from, count] of [
      [0, 1],
      [UNITS - 1, 1],
      [3, 9],
    ] as const) {
      expect(await drain(reader.read(from, count))).to.equal(count * UNIT_BYTES);
    }
  });

  it('stops at the first wrong byte, before its unit is handed out, naming provider and unit', async () => {
    for (const [unit, byte] of [
      [0, 0],
      [7, UNIT_BYTES - 1],
      [UNITS - 1, 4_711],
    ] as const) {
      pair.source.change = (index, bytes) => {
        if (index === unit) bytes[byte] = 1 ^ (bytes[byte] ?? 0);
      };
      const units: Uint8Array[] = [];
      const read = async (): Promise<void> => {
        for await (const bytes of new VerifiedReader(init).read(0, UNITS)) units.push(bytes);
      };
      const error = await failureOf(read());
      expect(error).to.include({ code: 'transfer-wrong-bytes', exitCode: 7, retryable: false });
      expect(error.message).to.include(`unit ${unit} `).and.to.include(pair.peer.peerId.toString());
      expect(units).to.have.length(unit);
    }
  });

  it('refuses unit roots that do not lead to the shard root', async () => {
    pair.source.unitRootList.fill(0, 160, 192);
    const error = await failureOf(drain(new VerifiedReader(init).read(0, 1)));
    expect(error).to.include({ code: 'transfer-wrong-roots', exitCode: 7 });
  });

  it('refuses the right bytes in the wrong order', async () => {
    const second = pair.source.unit(2);
    pair.source.change = (index, bytes) => {
      if (index === 2) bytes.set(pair.source.unit(3));
      if (index === 3) bytes.set(second);
    };
    const error = await failureOf(drain(new VerifiedReader(init).read(0, UNITS)));
    expect(error.message).to.include('unit 2 ');
  });
});
