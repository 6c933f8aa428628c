import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { zeroAddress } from 'viem';

import { shareKey, type ShareRow } from '../../../../node/chain/market-index.ts';
import { periodsLeft, planUnshare, type UnsharePlan } from '../../../../node/client/share/plan-unshare.ts';
import { storedObject, type StoredObject } from '../../../../node/client/stored-object.ts';
import { to0x, toHex } from '../../../../node/core/bytes.ts';
import type { Address } from '../../../../node/market/messages.ts';
import { newObjectKey, rekeyedObjectKey } from '../../../../node/pipeline/object-key.ts';
import { agreementRow, CLIENT, keyOf } from '../support/rows.ts';

const NOW_S = 1_000;
const A: Address = `0x${'a1'.repeat(20)}`;
const B: Address = `0x${'b2'.repeat(20)}`;
const C: Address = `0x${'c3'.repeat(20)}`;
const keyAfter = (key: Uint8Array): Uint8Array => createHash('sha256').update(key).digest();

function objectOf(key: Uint8Array, status: 'active' | 'kept' = 'active'): StoredObject {
  return storedObject(key, undefined, [agreementRow(key, 0, { status })]);
}

function rowOf({ objectKey }: StoredObject, reader: Address = zeroAddress, fields: Partial<ShareRow> = {}): ShareRow {
  const share = { owner: CLIENT, reader, objectKey: to0x(objectKey) };
  return {
    ...share,
    key: shareKey(share),
    until: NOW_S + 1,
    envelope: '0x01',
    sharedAtBlock: 1n,
    takenBack: false,
    ...fields,
  };
}

describe('taking a share back', () => {
  const old = objectOf(keyOf(1));
  const next = objectOf(keyAfter(old.objectKey));
  const third = objectOf(keyAfter(next.objectKey));
  const other = objectOf(keyOf(9));

  function plan(found: StoredObject, objects: StoredObject[], shares: ShareRow[], reader: Address = A): UnsharePlan {
    return planUnshare({ found, reader, objects: [other, ...objects], shares, keyAfter, nowS: NOW_S });
  }

  const brief = ({ standing, old: of, newKey, successor, moves }: UnsharePlan) => ({
    standing: standing.map(({ objectKey }) => toHex(objectKey)),
    old: toHex(of.objectKey),
    newKey: toHex(newKey),
    isStored: successor !== undefined,
    moves: moves.map(({ reader }) => reader),
  });
  const [oldKey, nextKey, thirdKey] = [old, next, third].map(({ objectKey }) => toHex(objectKey));

  it('begins with the share on chain, and moves those that stand', () => {
    const shares = [
      rowOf(old, A),
      rowOf(old, B),
      rowOf(old),
      rowOf(old, C, { takenBack: true }),
      rowOf(other, C),
      rowOf(old, other.agreements[0]?.client, { until: NOW_S }),
    ];
    expect(brief(plan(old, [old], shares))).to.deep.equal({
      standing: [oldKey],
      old: oldKey,
      newKey: nextKey,
      isStored: false,
      moves: [B, zeroAddress],
    });
  });

  it('goes on after the share was taken back, with nothing stored anew yet', () => {
    const done = brief(plan(old, [old], [rowOf(old, A, { takenBack: true }), rowOf(old, B)]));
    expect(done).to.include({ old: oldKey, newKey: nextKey, isStored: false });
    expect([done.standing, done.moves]).to.deep.equal([[], [B]]);
  });

  it('goes on after storing anew, whichever of the two is named', () => {
    const shares = [rowOf(old, A, { takenBack: true }), rowOf(old, B), rowOf(old, C), rowOf(next, B)];
    for (const found of [old, next]) {
      const done = brief(plan(found, [old, next], shares));
      expect(done).to.deep.equal({ standing: [], old: oldKey, newKey: nextKey, isStored: true, moves: [C] });
    }
  });

  it('never gives back to a reader what was taken from it later', () => {
    const shares = [rowOf(old, A, { takenBack: true }), rowOf(old, B), rowOf(next, B, { takenBack: true })];
    expect(brief(plan(next, [old, next], shares)).moves).to.deep.equal([]);
  });

  it('takes a share back on every object whose place the named one took', () => {
    const shares = [rowOf(old, B), rowOf(next, B), rowOf(old, A, { takenBack: true })];
    const done = brief(plan(next, [old, next], shares, B));
    expect(done).to.include({ old: nextKey, newKey: thirdKey, isStored: false });
    expect(done.standing).to.deep.equal([nextKey, oldKey]);
  });

  it('stores anew again when what took the place has ended', () => {
    const ended = objectOf(next.objectKey, 'kept');
    const done = brief(plan(old, [old, ended], [rowOf(old, A)]));
    expect(done).to.include({ isStored: false, newKey: thirdKey });
    expect(brief(plan(third, [old, ended, third], [rowOf(old, A)]))).to.include({ isStored: true, old: oldKey });
  });

  it('is refused where nothing was shared', () => {
    expect(() => plan(old, [old], [rowOf(other, A), rowOf(old, B)]))
      .to.throw()
      .with.property('code', 'not-shared');
  });

  it('stores anew for what the old one had left, and for a period at least', () => {
    expect([
      periodsLeft({ endPeriod: 10 }, 4),
      periodsLeft({ endPeriod: 4 }, 4),
      periodsLeft({ endPeriod: undefined }, 4),
    ]).to.deep.equal([6, 1, 1]);
  });

  it('finds the key that follows with the wallet alone', () => {
    const [client, key] = [new Uint8Array(20).fill(7), keyOf(3)];
    const after = rekeyedObjectKey(client, keyOf(5), key);
    expect(toHex(rekeyedObjectKey(client, keyOf(5), key))).to.equal(toHex(after));
    for (const differs of [
      rekeyedObjectKey(client, keyOf(6), key),
      rekeyedObjectKey(client, keyOf(5), keyOf(4)),
      rekeyedObjectKey(new Uint8Array(20), keyOf(5), key),
      newObjectKey(client, key),
    ])
      expect(toHex(differs)).to.not.equal(toHex(after));
  });
});
