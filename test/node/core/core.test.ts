import { expect } from 'chai';

import { AssertionError, assert } from '../../../node/core/assert.ts';
import {
  concat,
  copyInto,
  equal,
  fromHex,
  to0x,
  toHex,
  uint16be,
  uint32be,
  uint64be,
} from '../../../node/core/bytes.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { ExitCode, StowError, isStowError, messageOf, systemCode } from '../../../node/core/errors.ts';
import { log2Ceil, unitsForBytes } from '../../../node/core/units.ts';

describe('core', () => {
  it('gives errors a code, a hint, a cause and an exit code', () => {
    const cause = new Error('disk on fire');
    const error = new StowError({ code: 'store-full', message: 'no room', hint: 'free some', cause });
    expect(error).to.include({ name: 'StowError', code: 'store-full', hint: 'free some', retryable: false });
    expect(error.exitCode).to.equal(ExitCode.general);
    expect(error.cause).to.equal(cause);
    expect(new StowError({ code: 'x', message: 'x', retryable: true }).exitCode).to.equal(ExitCode.tryAgain);
    expect(isStowError(error)).to.equal(true);
    expect(isStowError(error, 'other')).to.equal(false);
    expect(isStowError(cause)).to.equal(false);
  });

  it('reads codes and messages of whatever was thrown', () => {
    expect(systemCode(Object.assign(new Error('x'), { code: 'ENOSPC' }))).to.equal('ENOSPC');
    expect(systemCode(new Error('x'))).to.equal(undefined);
    expect(systemCode('ENOSPC')).to.equal(undefined);
    expect(messageOf('plain')).to.equal('plain');
    expect(messageOf(new Error('said'))).to.equal('said');
  });

  it('copies parts and wholes into memory of both kinds, and nothing that does not fit', () => {
    const source = Uint8Array.from({ length: 40 }, (_, i) => i + 1);
    for (const memory of [new ArrayBuffer(64), new SharedArrayBuffer(64)]) {
      for (const part of [source, source.subarray(3, 38), source.subarray(7, 7)]) {
        const target = new Uint8Array(memory, 5, 50).fill(0);
        copyInto(target, 9, part);
        const expected = new Uint8Array(50);
        expected.set(part, 9);
        expect(toHex(target)).to.equal(toHex(expected));
      }
      const target = new Uint8Array(memory, 0, 48).fill(0);
      copyInto(target, 8, source);
      expect(() => copyInto(target, 9, source)).to.throw(RangeError, '40 bytes do not fit into 48 from 9 on');
      expect(toHex(target.subarray(8))).to.equal(toHex(source));
    }
  });

  it('asserts with its own error', () => {
    expect(() => assert(false, 'never')).to.throw(AssertionError, 'never');
    expect(() => assert(true, 'never')).not.to.throw();
  });

  it('counts units and levels', () => {
    expect([0, 1, 65_536, 65_537].map(unitsForBytes)).to.deep.equal([0, 1, 1, 2]);
    expect([1, 2, 3, 4, 5, 1024, 1025, 2 ** 32 - 1].map(log2Ceil)).to.deep.equal([0, 1, 2, 2, 3, 10, 11, 32]);
    expect(() => unitsForBytes(-1)).to.throw(AssertionError);
    expect(() => log2Ceil(0)).to.throw(AssertionError);
  });

  it('converts bytes', () => {
    expect(toHex(Uint8Array.of(0, 255, 16))).to.equal('00ff10');
    expect(toHex(new Uint8Array([9, 1, 2, 9]).subarray(1, 3))).to.equal('0102');
    expect(to0x(Uint8Array.of(1))).to.equal('0x01');
    expect([...fromHex('0x00fF', 2)]).to.deep.equal([0, 255]);
    for (const bad of ['0x0', 'zz', '0x00']) {
      expect(() => fromHex(bad, 2))
        .to.throw()
        .that.satisfies((e: unknown) => isStowError(e, 'bad-hex'));
    }
    expect([...concat(Uint8Array.of(1), Uint8Array.of(2, 3))]).to.deep.equal([1, 2, 3]);
    expect(equal(Uint8Array.of(1), Uint8Array.of(1))).to.equal(true);
    expect(equal(Uint8Array.of(1), Uint8Array.of(1, 0))).to.equal(false);
    expect(toHex(concat(uint16be(1), uint32be(2), uint64be(3)))).to.equal('0001000000020000000000000003');
  });

  it('sleeps, and wakes up with the reason of an abort', async () => {
    await systemClock.sleep(1);
    const abort = new AbortController();
    const reason = new Error('stopping');
    const slept = systemClock.sleep(60_000, { signal: abort.signal }).catch((error: unknown) => error);
    abort.abort(reason);
    expect(await slept).to.equal(reason);
  });
});
