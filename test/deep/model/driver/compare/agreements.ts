import { type Agreement, STATUSES, providerOf } from '../../market/agreements.ts';
import { remainingOf } from '../../market/settling.ts';
import type { Stage } from '../set-up.ts';
import type { Comparison, Differences } from './differences.ts';

/** Of what can no longer change, or is known by sample only, so many at a time. */
const SAMPLE = 6;
/** Rounding moves what is left of collateral by less than a billionth of it a miss. */
const COARSENESS = 10n ** 9n;

export const compareAgreements: Comparison = async (stage, differences, everything) => {
  const { market, world } = stage;
  const all = market.agreements.all();
  const over = all.filter(({ status }) => status !== 'Active');
  const looked = everything ? over : [...over.slice(-SAMPLE), ...sample(stage, over)];
  for (const agreement of [...world.active(), ...looked]) await compareOne(stage, differences, agreement);
};

async function compareOne({ chain, market }: Stage, differences: Differences, agreement: Agreement): Promise<void> {
  const { duties } = market;
  const { id, price, status, rent, collateral, ...rest } = agreement;
  differences.sameFields(`agreement ${id}`, await chain.view('agreements', 'agreements', id), {
    ...rest,
    pricePerUnitPeriod: price,
    status: STATUSES.indexOf(status),
  });
  differences.same(`units of ${id}`, await chain.view('possessionProofs', 'unitsOf', id), duties.unitsOf(id));
  differences.same(`root of ${id}`, await chain.view('possessionProofs', 'rootOf', id), duties.holding(id)?.root);
  if (status !== 'Active') return;
  const { startPeriod, settledPeriods, collateralPeriods } = rest;
  const args = [providerOf(id), startPeriod, startPeriod + settledPeriods, rent * collateralPeriods] as const;
  differences.same(`left of ${id}`, await chain.view('collateral', 'remainingOf', ...args), collateral);
  differences.same(`reckoned left of ${id}`, remainingOf(market, agreement), collateral);
  const exact = market.stakes.exactlyRemaining(...args);
  const error = exact.left > collateral ? exact.left - collateral : collateral - exact.left;
  const allowed = BigInt(exact.misses) * ((rent * collateralPeriods) / COARSENESS + 1n);
  differences.holds(`${collateral} left of ${id}, ${exact.left} without rounding`, error <= allowed);
}

export const compareObjects: Comparison = async (stage, differences, everything) => {
  const { chain, market } = stage;
  const objects = market.agreements.objects();
  for (const { client, objectKey, ids } of everything ? objects : objects.slice(-SAMPLE)) {
    differences.same(`holders of ${objectKey}`, await chain.view('agreements', 'holdersOf', client, objectKey), ids);
  }
};

export const compareNonces: Comparison = async (stage, differences, everything) => {
  const { chain, market, world, samples } = stage;
  const used = market.agreements.usedNonces();
  const others = Array.from({ length: SAMPLE }, () => ({
    signer: samples.pick(world.clients),
    nonce: samples.big(0n, 1_000n),
  }));
  for (const { signer, nonce } of [...(everything ? used : sample(stage, used)), ...others]) {
    const onChain = await chain.view('agreements', 'isNonceUsed', signer, nonce);
    differences.same(`nonce ${nonce} of ${signer} used`, onChain, market.agreements.isNonceUsed(signer, nonce));
  }
};

export const compareAsks: Comparison = async (stage, differences, everything) => {
  const { chain, market } = stage;
  const { book } = market;
  differences.same('asks', await chain.view('orderBook', 'askCount'), book.count);
  const ids = Array.from({ length: Number(book.count) }, (_, i) => BigInt(i + 1));
  const withdrawn = ids.filter((id) => book.get(id) === undefined);
  for (const id of [...(everything ? ids : [...book.open()].map(([open]) => open)), ...sample(stage, withdrawn)]) {
    const onChain = await chain.view('orderBook', 'asks', id);
    const ask = book.get(id);
    differences.sameFields(`ask ${id}`, onChain, { ...(ask ?? { provider: 0, pricePerUnitPeriod: 0n }) });
    if (ask === undefined) continue;
    differences.same(`price of ask ${id}`, await chain.view('orderBook', 'askPrice', id), book.priceOf(ask));
  }
};

function sample<T>({ samples }: Stage, list: readonly T[]): T[] {
  return Array.from({ length: Math.min(SAMPLE, list.length) }, () => samples.pick(list));
}
