import { expect } from 'chai';
import { type Abi, type AbiParameter, encodeErrorResult } from 'viem';

import { errorCodeOf, revertError, toChainError } from '../../../node/chain/errors.ts';
import { marketErrors } from '../../../node/chain/market-abi.ts';
import { ExitCode, StowError } from '../../../node/core/errors.ts';

/** A value that is recognizable in a sentence, for each type that errors carry. */
function sample({ type }: AbiParameter, index: number): unknown {
  if (type === 'address') return `0x${String(index + 1).repeat(40)}`;
  if (type === 'string') return 'someField';
  if (type === 'bytes32') return `0x${String(index + 1).repeat(64)}`;
  const bits = Number(/^uint(\d+)$/.exec(type)?.[1]);
  // Errors order their values so that the later one is what was asked for: growing values fit all of them.
  return bits > 48 ? BigInt(index + 1) * 1_000n : Math.min(index + 1, 3);
}

describe('errors of the contracts', () => {
  it('covers every contract', () => {
    const prefixes = new Set(marketErrors.map(({ name }) => name.split('_')[0]));
    for (const contract of [
      'Escrow',
      'NodeRegistry',
      'OrderBook',
      'Agreements',
      'PossessionProofs',
      'Collateral',
      'Reputation',
      'Randomness',
      'Audits',
    ]) {
      expect([...prefixes]).to.include(contract);
    }
  });

  for (const item of marketErrors) {
    it(`has a sentence for ${item.name}`, () => {
      const args = item.inputs.map(sample);
      const data = encodeErrorResult({ abi: [item] as Abi, errorName: item.name, args });
      const error = revertError(data, 'do it');
      expect(error.code).to.equal(errorCodeOf(item.name));
      expect(error.message).to.match(/^could not do it: \S.{10,}/);
      expect(`${error.message} ${error.hint}`).not.to.match(/undefined|NaN|\[object/);
      expect(error.hint).to.match(/^\S.{5,}/);
      for (const [index, input] of item.inputs.entries()) {
        if (input.type === 'address' && !/_Not|Mixed/.test(item.name))
          expect(error.message.toLowerCase()).to.contain(String(args[index]));
      }
    });
  }

  it('makes stable codes', () => {
    expect(errorCodeOf('Escrow_InsufficientBalance')).to.equal('escrow-insufficient-balance');
    expect(errorCodeOf('PossessionProofs_WrongRoot')).to.equal('possession-proofs-wrong-root');
    expect(errorCodeOf('Agreements_NotOver')).to.equal('agreements-not-over');
  });

  it('says how much is missing', () => {
    const [item] = marketErrors.filter(({ name }) => name === 'Escrow_InsufficientBalance');
    const args = [`0x${'1'.repeat(40)}`, 2n * 10n ** 18n, 5n * 10n ** 17n + 3n * 10n ** 18n];
    const data = encodeErrorResult({ abi: [item!] as Abi, errorName: 'Escrow_InsufficientBalance', args });
    const error = revertError(data, 'form 6 agreements');
    expect(error.message).to.contain('1.5 tokens are missing');
    expect(error.exitCode).to.equal(ExitCode.funds);
  });

  it('keeps unknown revert data visible', () => {
    expect(revertError('0xdeadbeef', 'do it').message).to.contain('0xdeadbeef');
    expect(revertError('0x', 'do it').message).to.contain('no reason');
    expect(revertError('0x12', 'do it').code).to.equal('call-reverted');
  });

  it('passes our own errors through and wraps everything else', () => {
    const own = new StowError({ code: 'x', message: 'y' });
    expect(toChainError(own, 'do it')).to.equal(own);
    expect(toChainError(new Error('boom'), 'do it').message).to.equal('could not do it: boom');
    expect(toChainError('text', 'do it').message).to.contain('text');
  });
});
