import { expect } from 'chai';

import { allIn } from '../../../node/market/all-in.ts';

const init = {
  storage: 1_000n,
  k: 2,
  units: 24,
  reads: 3,
  retrievalPrices: [5n, 100n, 10n],
  gasWei: 3n * 10n ** 15n,
  tokensPerCoin: undefined,
};

describe('what storing something comes to', () => {
  it('reads from the k cheapest', () => {
    // 24 units are 1.5 MiB: 7.5 and 15 a read, the first rounded up.
    expect(allIn(init)).to.deep.equal({ retrieval: 3n * (8n + 15n), gas: undefined, total: 1_000n + 69n });
    expect(allIn({ ...init, reads: 0 })).to.include({ retrieval: 0n, total: 1_000n });
  });

  it('counts the gas at what a coin is worth, rounded up', () => {
    // 0.003 coins at 2,000 tokens are 6.
    const { gas, total } = allIn({ ...init, storage: 0n, reads: 0, tokensPerCoin: 2_000n * 10n ** 18n });
    expect([gas, total]).to.deep.equal([6n * 10n ** 18n, 6n * 10n ** 18n]);
    expect(allIn({ ...init, gasWei: 1n, tokensPerCoin: 1n }).gas).to.equal(1n);
  });
});
