import hre from 'hardhat';
import type { Signer } from 'ethers';
import {
  addProvider,
  calldataFloor,
  closing,
  deployTo,
  form,
  fund,
  gasOf,
  type GasChain,
  type GasProvider,
  mine,
  type Market,
  PERIOD_BLOCKS,
  prove,
  toNextPeriod,
  voucher,
  walletPermit,
} from './market.ts';

/** 1 GiB of stored bytes. */
const GIB_UNITS = 16_384;
/** Vouchers of so many channels in one transaction. */
const BATCH_CHANNELS = 100;
/** Unix seconds far ahead without a zero byte, before the latest that there may be. */
const CHANNEL_EXPIRY = 0xfeff_ffff;
/** Token wei without a zero byte in the lower half: zero bytes are cheaper. */
const VOUCHER = 0x1111_1111_1111n;
/** Small shards for journeys whose gas does not depend on size. */
const SMALL_UNITS = 4;

/** Gas of whole transactions (receipt.gasUsed: intrinsic gas and calldata floor included), by journey. */
export type Journeys = Record<string, number>;

/** Runs every journey on an in-process chain. The same code gives the same figures. */
export async function measureJourneys(): Promise<Journeys> {
  const chain = await hre.network.create('gas');
  const { ethers } = chain;
  const out: Journeys = {};
  const note = (name: string, gas: bigint): void => {
    out[name] = Number(gas);
  };
  const market = await deployTo(chain, 5);
  const signers = (await ethers.getSigners()) as unknown as Signer[];
  const client = signers[19]!;
  await fund(market, await client.getAddress(), 10n ** 6n * 10n ** 18n);

  const providers: GasProvider[] = [];
  for (let i = 0; i < 6; i += 1) {
    const { provider, gas } = await addProvider(market, signers[i + 1]!, `provider ${i}`);
    providers.push(provider);
    if (i === 1) for (const [name, value] of Object.entries(gas)) note(name, value);
  }

  await formingJourneys(market, client, providers, note);
  await endingJourneys(market, client, providers, note);
  await channelJourneys(market, client, providers, note);
  await demandJourneys(market, client, providers, note);
  // Last: it lets so much time pass that the providers above fail.
  await provingJourneys(chain, client, note);
  return out;
}

type Note = (name: string, gas: bigint) => void;

async function formingJourneys(market: Market, client: Signer, providers: GasProvider[], note: Note): Promise<void> {
  // Everybody's first agreement pays for slots that stay; the figures below are those of a provider and a client in business.
  const fresh = await form(market, client, providers, { label: 'fresh', units: SMALL_UNITS, periods: 2_000 });
  note('form, batch of 6, all providers new', fresh.gas);
  const one = await form(market, client, providers.slice(0, 1), { label: 'one', units: SMALL_UNITS, periods: 2_000 });
  note('form, 1 agreement', one.gas);
  const six = await form(market, client, providers, { label: 'six', units: SMALL_UNITS, periods: 2_000 });
  note('form, batch of 6', six.gas);
  note('form, batch of 6, each after the first', (six.gas - one.gas) / 5n);
}

async function provingJourneys(chain: GasChain, client: Signer, note: Note): Promise<void> {
  for (const [draws, label] of [
    [5, '5 draws'],
    [16, '16 draws'],
  ] as const) {
    const own = await deployTo(chain, draws);
    const signers = (await own.ethers.getSigners()) as unknown as Signer[];
    await fund(own, await client.getAddress(), 10n ** 6n * 10n ** 18n);
    const { provider: prover } = await addProvider(own, signers[1]!, `prover ${draws}`);
    await form(own, client, [prover], { label: 'gib', units: GIB_UNITS, periods: 2_000 });
    const first = await prove(own, prover.id, await toNextPeriod(own));
    note(`prove, ${label}, 1 GiB, first ever`, first.gas);
    const next = await prove(own, prover.id, await toNextPeriod(own));
    note(`prove, ${label}, 1 GiB`, next.gas);
    note(`prove, ${label}, 1 GiB: floor of its calldata`, next.floor);
    for (let i = 0; i < 99; i += 1)
      await form(own, client, [prover], { label: `gib ${i}`, units: GIB_UNITS, periods: 2_000 });
    const hundred = await prove(own, prover.id, await toNextPeriod(own));
    note(`prove, ${label}, 1 GiB, 100 agreements`, hundred.gas);
  }
}

async function endingJourneys(market: Market, client: Signer, providers: GasProvider[], note: Note): Promise<void> {
  const [first, second, third] = providers as [GasProvider, GasProvider, GasProvider];
  const { ids } = await form(market, client, [first, second, third], {
    label: 'ending',
    units: SMALL_UNITS,
    periods: 3,
  });

  await toNextPeriod(market);
  await proveAll(market, providers);
  await toNextPeriod(market);
  note('settle, 1 period', await gasOf(market.agreements, client, 'settle', [[ids[0]]]));
  await proveAll(market, providers.slice(0, 2));
  await toNextPeriod(market);
  const clientAccount: bigint = await market.escrow.getFunction('accountOf')(await client.getAddress());
  note(
    'notice a missed period and slash',
    await gasOf(market.proofs, client, 'recordMisses', [third.id, clientAccount]),
  );
  note('settle, 2 periods, one of them missed', await gasOf(market.agreements, client, 'settle', [[ids[2]]]));
  note('concede', await gasOf(market.agreements, second.operator, 'concede', [ids[1]]));
  await proveAll(market, providers.slice(0, 1));
  await mine(market, PERIOD_BLOCKS);
  note('end, kept', await gasOf(market.agreements, client, 'end', [ids[0]]));
  const { ids: long } = await form(market, client, [first], { label: 'notice', units: SMALL_UNITS, periods: 100 });
  note('give notice', await gasOf(market.agreements, client, 'giveNotice', [long[0]]));
}

/** Channels of a client in business with a provider in business. */
async function channelJourneys(market: Market, client: Signer, providers: GasProvider[], note: Note): Promise<void> {
  const { channels } = market;
  const [provider] = providers as [GasProvider];
  const args = [await client.getAddress(), provider.id, 10n ** 18n, CHANNEL_EXPIRY];
  await gasOf(channels, client, 'open', args);
  note('channel: open', await gasOf(channels, client, 'open', args));
  for (let i = 0; i < BATCH_CHANNELS; i += 1) await gasOf(channels, client, 'open', args);
  const redeem = async (channel: bigint, amount: bigint): Promise<bigint> =>
    gasOf(channels, client, 'redeem', await voucher(market, client, channel, amount));
  await redeem(1n, VOUCHER);
  note('channel: redeem, first of a channel', await redeem(2n, VOUCHER));
  note('channel: redeem', await redeem(2n, 2n * VOUCHER));
  const list = [];
  for (let i = 0; i < BATCH_CHANNELS; i += 1) {
    const [promise, signature] = await voucher(market, client, BigInt(i + 3), VOUCHER);
    list.push({ voucher: promise, signature });
  }
  note(
    `channel: redeem in a batch of ${BATCH_CHANNELS}, each`,
    (await gasOf(channels, client, 'redeemBatch', [list])) / BigInt(BATCH_CHANNELS),
  );
  const agreed = await closing(market, provider, 2n, 3n * VOUCHER);
  note('channel: close together, by the client', await gasOf(channels, client, 'closeTogether', agreed));
  const last = await voucher(market, client, 3n, 3n * VOUCHER);
  note(
    'channel: close together, by the provider',
    await gasOf(channels, provider.operator, 'close', [...last, 0, '0x']),
  );
  await (await market.token.getFunction('transfer')(await client.getAddress(), 10n ** 19n)).wait();
  const fromWallet = async (): Promise<bigint> =>
    gasOf(channels, client, 'openWithPermit', [
      provider.id,
      10n ** 18n,
      CHANNEL_EXPIRY,
      await walletPermit(market, client, 10n ** 18n),
    ]);
  await fromWallet();
  note('channel: open out of the wallet, by permit', await fromWallet());
  note('channel: start to close alone', await gasOf(channels, client, 'startClose', [1n]));
}

/** 1 MiB of a shard of 64 MiB, a unit in each transaction. */
async function demandJourneys(market: Market, client: Signer, providers: GasProvider[], note: Note): Promise<void> {
  const { demands } = market;
  const [, provider] = providers as [GasProvider, GasProvider];
  const { ids } = await form(market, client, [provider], { label: 'demanded', units: 1_024, periods: 2_000 });
  const root = await market.proofs.getFunction('rootOf')(ids[0]);
  const opening = market.shards.get(root as string)!.opening();
  await gasOf(demands, client, 'demand', [ids[0], [1_000]]);
  await gasOf(demands, provider.operator, 'answer', [1, opening]);
  const units = Array.from({ length: 15 }, (_, index) => index + 1);
  note('demand: 1 unit', await gasOf(demands, client, 'demand', [ids[0], [17]]));
  note('demand: 15 units more', await gasOf(demands, client, 'demand', [ids[0], units]));
  note('demand: show a unit', await gasOf(demands, provider.operator, 'answer', [2, opening]));
  note('demand: floor of its calldata', calldataFloor(demands.interface.encodeFunctionData('answer', [2, opening])));
}

async function proveAll(market: Market, providers: GasProvider[]): Promise<void> {
  const period: bigint = await market.proofs.getFunction('currentPeriod')();
  for (const provider of providers) await prove(market, provider.id, period);
}
