import { expect } from 'chai';

import { run } from './support/run.ts';

/** Contradictions are found before a wallet, a chain or the file's bytes are looked at more closely than to see that it is there. */
describe('options of bids', () => {
  const cases: [string[], RegExp][] = [
    [['--climb', '10m'], /--climb is for bids.*add --bid/s],
    [['--ceiling', '0.1'], /--ceiling is for bids/],
    [['--rest', 'stand'], /--rest is for bids/],
    [['--bid'], /needs to know the most.*--ceiling/s],
    [['--bid', '--ceiling', '0'], /--ceiling 0 pays nothing/],
    [['--bid', '--ceiling', '0.1', '--start-price', '0.2'], /--start-price 0\.2 is above the ceiling of 0\.1 tokens/],
    [['--bid', '--ceiling', '0.1', '--climb', '5m'], /--climb 300s has nothing to climb/],
    [
      ['--bid', '--ceiling', '0.1', '--start-price', '0.05', '--climb', '2h', '--deadline', '1h'],
      /--climb 7200s is longer than the bid stands \(--deadline 3600s\)/,
    ],
    [['--bid', '--ceiling', '0.1', '--rest', 'half'], /--rest <what>.*Allowed choices are all-or-none, stand, refund/s],
    [['--bid', '--ceiling', '0.1', '--min-score', '1.1'], /--min-score.*from 0 to 1/],
    [['--bid', '--ceiling', '0.1', '--region', '0'], /--region.*ISO 3166-1/],
    [['--bid', '--ceiling', '0.1', '--deadline', '0s'], /--deadline.*time span/],
    [['--bid', '--ceiling', 'much'], /"much" is not an amount/],
  ];
  for (const [args, says] of cases) {
    it(`${args.join(' ')}: says what is wrong`, async () => {
      const { code, stderr } = await run(['put', import.meta.filename, ...args], { env: {} });
      expect(stderr).to.match(says);
      expect(code).to.equal(2);
    });
  }

  it('takes one country from the configuration, and asks which of several', async () => {
    const env = { STOWMARKET_STORAGE_REGIONS: '276,250' };
    const { code, stderr } = await run(['put', import.meta.filename, '--bid', '--ceiling', '0.1'], { env });
    expect(stderr).to.match(/storage\.regions names 2 countries \(276, 250\).*--region/s);
    expect(code).to.equal(2);
  });
});
