import { randomInt } from 'node:crypto';

import { expect } from 'chai';
import hre from 'hardhat';

import { type Fill, FILL_RULES, failedFillRules } from '../../../node/market/compatibility.ts';
import type { Ask } from '../../../node/market/messages.ts';

/** Random orders that both sides judge; `npm run test:orders` asks for ten times as many. */
const ORDERS = Number(process.env['STOWMARKET_TEST_ORDERS'] ?? 10_000);
/** Orders in one call: some 10M gas, below every node's limit for a call. */
const BATCH = 1_000;
/** Values are drawn around this one, so that every comparison is met at its boundary and one beside it. */
const MIDDLE = 5;

type Order = [ask: Ask, fill: Fill];

/** `Compatibility.requireStands` and `requireFits` on chain, `failedFillRules` in the node: the same rule, twice. */
describe('Compatibility of asks and fills', function () {
  this.timeout(600_000);

  it(`is the same rule in Solidity and in TypeScript, on ${ORDERS.toLocaleString('en')} random orders`, async () => {
    const { ethers } = await hre.network.create();
    const harness = await ethers.deployContract('CompatibilityHarness');
    const book = await ethers.getContractFactory('OrderBook');
    const nameOf = new Map(FILL_RULES.map((rule) => [book.interface.getError(`OrderBook_${rule}`)?.selector, rule]));
    const met = new Map<string, number>();
    for (let judged = 0; judged < ORDERS; judged += BATCH) {
      const orders = Array.from({ length: BATCH }, randomOrder);
      const verdicts = (await harness.getFunction('verdicts')(
        orders.map(([ask]) => ask),
        orders.map(([, fill]) => ({ ...fill, price: fill.pricePerUnitPeriod })),
      )) as string[];
      for (const [index, [ask, fill]] of orders.entries()) {
        const expected = failedFillRules(ask, fill)[0]?.rule ?? 'fits';
        const selector = verdicts[index]!;
        const actual = selector === '0x00000000' ? 'fits' : nameOf.get(selector);
        expect(
          actual,
          JSON.stringify({ ask, fill }, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
        ).to.equal(expected);
        met.set(expected, (met.get(expected) ?? 0) + 1);
      }
    }
    expect([...met.keys()].toSorted()).to.deep.equal(['fits', ...FILL_RULES].toSorted());
  });
});

/** Close to the middle; now and then as large or as small as it gets. */
function near(max: number): number {
  const spread = randomInt(40);
  return spread === 0 ? 0 : spread === 1 ? max : MIDDLE - 2 + randomInt(5);
}

function randomOrder(): Order {
  const [uint24, uint32, uint40] = [2 ** 24 - 1, 2 ** 32 - 1, 2 ** 40 - 1];
  const ask: Ask = {
    provider: randomInt(40) === 0 ? 0 : 1 + Number(randomInt(20) === 0),
    pricePerUnitPeriod: BigInt(near(uint32)),
    unitsLeft: near(uint32),
    minUnits: 3 + randomInt(2),
    maxUnits: near(uint32),
    expiry: near(uint40),
    collateralPeriods: near(uint24),
    minPeriods: 3 + randomInt(2),
    maxPeriods: near(uint24),
    region: randomInt(1_000),
    minClientDeposit: BigInt(near(uint32)),
    retrievalPricePerMiB: BigInt(randomInt(10)),
    premiumBps: 0,
    ceiling: 0n,
  };
  const fill: Fill = {
    provider: 1,
    units: near(uint32),
    periods: near(uint24),
    pricePerUnitPeriod: BigInt(near(uint32)),
    collateralPeriods: near(uint24),
    clientDeposit: BigInt(near(uint32)),
    time: randomInt(3) === 0 ? near(uint40) : 0,
  };
  return [ask, fill];
}
