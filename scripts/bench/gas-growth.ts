import hre from 'hardhat';
import type { Signer } from 'ethers';

import { LargeProvider } from '../gas/large-provider.ts';
import {
  addProvider,
  deployTo,
  form,
  fund,
  gasOf,
  type GasChain,
  type GasProvider,
  type Market,
  prove,
  toNextPeriod,
} from '../gas/market.ts';
import type { Row } from './reporter.ts';

/** Agreements at the provider, and the bar for a proof of 5 draws where there is one. */
const CURVE: readonly (readonly [agreements: number, bar: number | undefined])[] = [
  [1, 200_000],
  [10, undefined],
  [100, 215_000],
  [1_000, undefined],
  [10_000, 235_000],
];
/** Proofs differ by the leaves drawn; a row is the mean over this many periods. */
const PERIODS = 6;
/** Of the calldata floor, for 16 draws. */
const FLOOR_BAR = 1.08;
const SETTLE_BAR = 80_000;
const MISS_BAR = 90_000;
/** What any call may take of a block of 30M gas. */
const BLOCK_SHARE_BAR = 9_000_000;
/** Shards of the widest object. */
const WIDEST = 255;
const SMALL_UNITS = 1;

/** How the costs grow with what a provider holds, with time, and with an object's width. */
export async function rows(): Promise<Row[]> {
  return [...(await proofCurve()), ...(await missCurve()), ...(await settling()), await widestObject()];
}

async function proofCurve(): Promise<Row[]> {
  const out: Row[] = [];
  for (const [agreements, bar] of CURVE) {
    const { gas, floor } = await meanProof(5, agreements);
    out.push({
      name: `prove, 5 draws, ${agreements} agreements`,
      ours: gas,
      unit: 'gas',
      limit: floor,
      ...(bar && { bar }),
    });
  }
  for (const agreements of [1, 10_000]) {
    const { gas, floor } = await meanProof(16, agreements);
    const name = `prove, 16 draws, ${agreements} agreements`;
    out.push({ name, ours: gas, unit: 'gas', limit: floor, bar: Math.round(FLOOR_BAR * floor) });
  }
  const { gas, floor } = await meanProof(64, 1_000, 1);
  out.push({
    name: 'prove, 64 draws, the most there can be',
    ours: gas,
    unit: 'gas',
    limit: floor,
    bar: BLOCK_SHARE_BAR,
  });
  return out;
}

/** The first proofs of their periods, which fix the seed and so cost most; without the first one ever. */
async function meanProof(
  drawCount: number,
  agreements: number,
  periods = PERIODS,
): Promise<{ gas: number; floor: number }> {
  const large = await LargeProvider.deploy(await chain(), drawCount);
  await large.add(agreements);
  await large.prove(false);
  let [gas, floor] = [0, 0];
  for (let i = 0; i < periods; i += 1) {
    const proof = await large.prove(false);
    gas += proof.gas / periods;
    floor += proof.floor / periods;
  }
  return { gas: Math.round(gas), floor: Math.round(floor) };
}

/** With the market's own Collateral. */
async function missCurve(): Promise<Row[]> {
  const out: Row[] = [];
  for (const agreements of [1, 50]) {
    const { market, client, provider } = await small();
    for (let i = 0; i < agreements; i += 1) await form(market, client, [provider], terms(`miss ${i}`));
    await prove(market, provider.id, await toNextPeriod(market));
    await toNextPeriod(market);
    await toNextPeriod(market);
    const account: bigint = await market.escrow.getFunction('accountOf')(await client.getAddress());
    const gas = await gasOf(market.proofs, client, 'recordMisses', [provider.id, account]);
    out.push({ name: `missed period, ${agreements} agreements`, ours: Number(gas), unit: 'gas', bar: MISS_BAR });
  }
  return out;
}

async function settling(): Promise<Row[]> {
  const out: Row[] = [];
  for (const periods of [1, 1_000]) {
    const { market, client, provider } = await small();
    const { ids } = await form(market, client, [provider], terms('settle'));
    for (let i = 0; i < periods; i += 1) await prove(market, provider.id, await toNextPeriod(market));
    await toNextPeriod(market);
    const gas = await gasOf(market.agreements, client, 'settle', [[ids[0]]]);
    out.push({ name: `settle after ${periods} periods`, ours: Number(gas), unit: 'gas', bar: SETTLE_BAR });
  }
  return out;
}

/** The last shard of the widest object looks at all others. */
async function widestObject(): Promise<Row> {
  const { market, client } = await small();
  const signers = (await market.ethers.getSigners()) as unknown as Signer[];
  const operator = signers[2];
  if (operator === undefined) throw new Error('the local chain has accounts');
  const providers: GasProvider[] = [];
  for (let i = 0; i < WIDEST; i += 1) providers.push((await addProvider(market, operator, `wide ${i}`)).provider);
  for (let from = 0; from < WIDEST - 1; from += BATCH) {
    const batch = providers.slice(from, Math.min(from + BATCH, WIDEST - 1));
    await form(market, client, batch, { ...terms('wide'), firstIndex: from });
  }
  const last = await form(market, client, providers.slice(-1), { ...terms('wide'), firstIndex: WIDEST - 1 });
  return { name: `form, the last of ${WIDEST} shards`, ours: Number(last.gas), unit: 'gas', bar: BLOCK_SHARE_BAR };
}

/** Shards formed in one transaction. */
const BATCH = 32;

function terms(label: string): { label: string; units: number; periods: number } {
  return { label, units: SMALL_UNITS, periods: 2_000 };
}

async function small(): Promise<{ market: Market; client: Signer; provider: GasProvider }> {
  const market = await deployTo(await chain(), 5);
  const signers = (await market.ethers.getSigners()) as unknown as Signer[];
  const [, operator, client] = signers;
  if (operator === undefined || client === undefined) throw new Error('the local chain has accounts');
  await fund(market, await client.getAddress(), 10n ** 6n * 10n ** 18n);
  const { provider } = await addProvider(market, operator, 'grows');
  return { market, client, provider };
}

async function chain(): Promise<GasChain> {
  return hre.network.create('gas');
}
