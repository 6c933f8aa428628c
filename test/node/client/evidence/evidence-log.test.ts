import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';

import { flawOf } from '../../../../node/client/evidence/evidence.ts';
import { EvidenceLog, type KeptEvidence } from '../../../../node/client/evidence/evidence-log.ts';
import type { Holder } from '../../../../node/transfer/read/holder.ts';
import { wrongUnit, type WrongBytes } from '../../../../node/transfer/read/wrong-bytes.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { agreementId } from '../../../../node/market/agreement-id.ts';
import { unitRoot } from '../../../../node/pipeline/merkle/unit-tree.ts';
import { rootOfUnitRoots } from '../../../../node/pipeline/merkle/upper-tree.ts';
import { fakeProvider } from '../support/fake-market.ts';
import { useTempFolder } from '../support/temp-folder.ts';

const UNITS = 5;
const units = Array.from({ length: UNITS }, (_, index) => new Uint8Array(65_536).fill(index + 1));
const unitRoots = Buffer.concat(units.map((unit) => unitRoot(unit)));
const holder: Holder = {
  shardIndex: 2,
  agreement: agreementId(3, 17),
  provider: fakeProvider(3),
  root: rootOfUnitRoots(unitRoots),
  units: UNITS,
};

function flipped(unit: number): Uint8Array {
  const bytes = Uint8Array.from(units[unit] ?? []);
  bytes[40_000] = (bytes[40_000] ?? 0) ^ 0x10;
  return bytes;
}

describe('evidence', () => {
  const folder = useTempFolder();
  let now = Date.UTC(2026, 10, 26);
  const clock = { nowMs: () => now };

  function open(): EvidenceLog {
    return new EvidenceLog(join(folder.path, 'evidence'), { clock, logger: silentLogger });
  }

  function only(log: EvidenceLog): KeptEvidence {
    const kept = log.list();
    expect(kept).to.have.length(1);
    return kept[0]!;
  }

  for (let unit = 0; unit < UNITS; unit++) {
    it(`of unit ${unit} convinces whoever has the record, the bytes and the root`, () => {
      open().keep(wrongUnit(holder, unitRoots, unit, flipped(unit)));
      const log = open();
      const kept = only(log);
      const bytes = log.bytesOf(kept);
      expect(kept).to.include({
        atMs: now,
        agreement: holder.agreement,
        provider: 3,
        shardIndex: 2,
        receivedBytes: 65_536,
      });
      expect(kept.asked).to.include({ what: 'unit', unit });
      expect(Buffer.compare(bytes!, flipped(unit))).to.equal(0);
      expect(flawOf(kept, bytes)).to.equal(undefined);
      expect(flawOf(kept, undefined)).to.equal(undefined);
    });
  }

  it('cannot be made up: the right bytes, other bytes, another unit and another root are told apart', () => {
    const log = open();
    log.keep(wrongUnit(holder, unitRoots, 1, flipped(1)));
    const kept = only(log);
    const bytes = log.bytesOf(kept);
    expect(flawOf(kept, flipped(2))).to.equal('its bytes are not those that came');
    expect(flawOf({ ...kept, root: randomBytes(32) }, bytes)).to.contain('does not lead to the root of the shard');
    if (kept.asked.what !== 'unit') throw new Error('it is of a unit');
    for (const change of [
      { unit: 2 },
      { unit: UNITS },
      { unitRoot: unitRoot(flipped(1)) },
      { path: kept.asked.path.subarray(32) },
    ])
      expect(flawOf({ ...kept, asked: { ...kept.asked, ...change } }, bytes)).to.contain('does not lead to the root');
    log.keep(wrongUnit(holder, unitRoots, 1, units[1]!));
    const slander = log.list().find(({ file }) => file !== kept.file)!;
    expect(flawOf(slander, log.bytesOf(slander))).to.equal('its bytes are what was stored');
  });

  it('holds of lists of unit roots that are too short, too long or of another shard', () => {
    const log = open();
    const lists = [
      unitRoots.subarray(32),
      Buffer.concat([unitRoots, unitRoots]),
      new Uint8Array(),
      randomBytes(32 * UNITS),
    ];
    for (const bytes of lists) log.keep({ what: 'unit-roots', holder, bytes });
    const kept = log.list();
    expect(kept).to.have.length(lists.length);
    for (const one of kept) expect(flawOf(one, log.bytesOf(one))).to.equal(undefined);
    log.keep({ what: 'unit-roots', holder, bytes: unitRoots });
    const flaws = log.list().map((one) => flawOf(one, log.bytesOf(one)));
    expect(flaws.filter((flaw) => flaw !== undefined)).to.deep.equal(['its bytes are what was stored']);
  });

  it('lies in files that only their owner reads, as they were while the caller’s memory goes on', async () => {
    const memory = flipped(0);
    const found = wrongUnit(holder, unitRoots, 0, memory);
    memory.fill(0);
    open().keep(found);
    const kept = only(open());
    expect(flawOf(kept, readFileSync(kept.bodyFile!))).to.equal(undefined);
    for (const path of [kept.file, kept.bodyFile!]) expect((await stat(path)).mode & 0o077).to.equal(0);
    expect(JSON.parse(readFileSync(kept.file, 'utf8'))).to.include({
      version: 1,
      agreement: '3.17',
      at: '2026-11-26T00:00:00.000Z',
    });
  });

  it('is bounded: the newest records stay, fewer of them with their bytes, and long answers without', async () => {
    const log = open();
    const bytes = randomBytes(100);
    for (let i = 0; i < 70; i++) {
      now += 1;
      log.keep({ what: 'unit-roots', holder, bytes });
    }
    expect(log.list().filter(({ bodyFile }) => bodyFile !== undefined)).to.have.length(64);
    const oldest = log.list()[0]!;
    for (let i = 0; i < 935; i++) writeFileSync(oldest.file.replace('.json', `-${i}.json`), readFileSync(oldest.file));
    now += 1;
    log.keep({ what: 'unit-roots', holder, bytes: new Uint8Array(1_048_577) });
    const kept = log.list();
    expect(kept).to.have.length(1_000);
    const newest = kept.at(-1)!;
    expect(newest).to.include({ atMs: now, receivedBytes: 1_048_577, bodyFile: undefined });
    expect(flawOf(newest, undefined)).to.equal(undefined);
    expect((await readdir(join(folder.path, 'evidence'))).some((name) => name.endsWith('.part'))).to.equal(false);
  });

  it('passes over files that are not its own, and is empty where there are none', () => {
    const log = open();
    expect(log.list()).to.deep.equal([]);
    log.keep(wrongUnit(holder, unitRoots, 1, flipped(1)));
    const { file } = only(log);
    writeFileSync(file.replace('.json', '-a.json'), 'not JSON');
    writeFileSync(file.replace('.json', '-b.json'), readFileSync(file, 'utf8').replace('"version": 1', '"version": 2'));
    writeFileSync(file.replace('.json', '-c.json'), readFileSync(file, 'utf8').replace('"3.17"', '"x"'));
    expect(only(log).file).to.equal(file);
  });

  it('does not stop a read when it cannot be written', () => {
    writeFileSync(join(folder.path, 'evidence'), 'a file where the folder should be');
    const found: WrongBytes = { what: 'unit-roots', holder, bytes: new Uint8Array(3) };
    open().keep(found);
  });
});
