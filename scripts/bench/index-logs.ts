import { hash } from 'node:crypto';
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { type Abi, type AbiEvent, type Hex, type Log, encodeAbiParameters, encodeEventTopics } from 'viem';

import type { Deployment } from '../../node/chain/deployment.ts';
import { MANY_LOGS } from '../../node/chain/log-reader.ts';
import { type MarketContractName, marketAbis } from '../../node/chain/market-abi.ts';
import type { Ask } from '../../node/market/messages.ts';

/** Logs in batches, from a block on. */
type LogSource = (from: bigint) => Iterable<MarketLog[]>;
type MarketLog = Log<bigint, number, false>;

export const NOW_S = 1_800_000_000;
/** Honest asks of each provider. */
const ASKS_EACH = 10;
const TOKEN = 10n ** 18n;

const CONTRACTS = [...Object.keys(marketAbis), 'token'];
const contracts = Object.fromEntries(CONTRACTS.map((name, i) => [name, `0x${String(i + 1).padStart(40, '0')}`]));
export const DEPLOYMENT = { chainId: 1, deployedAtBlock: 1n, contracts, parameters: {} } as unknown as Deployment;

const ASK: Omit<Ask, 'provider'> = {
  pricePerUnitPeriod: 10n ** 9n,
  unitsLeft: 100_000,
  minUnits: 1,
  maxUnits: 100_000,
  expiry: NOW_S + 86_400,
  collateralPeriods: 10,
  minPeriods: 1,
  maxPeriods: 365,
  region: 276,
  minClientDeposit: 0n,
  retrievalPricePerMiB: 0n,
  premiumBps: 0,
  ceiling: 0n,
};

/** Writes the logs of an honest market and of the flood after it, a batch to a line, as an endpoint would answer. @returns lines of the first */
export function writeLogs(path: string, providers: number): number {
  const file = openSync(path, 'w');
  let [next, lines, honest] = [1n, 0, 0];
  for (const source of [honestMarket(providers), junkMarket(providers + 1)]) {
    for (const logs of source(next)) {
      writeSync(
        file,
        `${JSON.stringify(logs, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`,
      );
      next = logs.at(-1)!.blockNumber + 1n;
      lines++;
    }
    honest ||= lines;
  }
  closeSync(file);
  return honest;
}

/** The batches of a file, one after the other. */
export async function* readLogs(path: string): AsyncGenerator<MarketLog[]> {
  for await (const line of createInterface(createReadStream(path))) {
    const logs = JSON.parse(line) as (MarketLog & { blockNumber: string })[];
    yield logs.map((log) => ({ ...log, blockNumber: BigInt(log.blockNumber) }));
  }
}

/** Providers with stake, capacity and ten asks each that fit, at prices of their own. */
function honestMarket(providers: number): LogSource {
  return batches(function* () {
    for (let id = 1; id <= providers; id++) yield* provider(id, 1_000n * TOKEN);
    for (let n = 0; n < providers * ASKS_EACH; n++) {
      const price = 10n ** 9n + BigInt((n * 7_919) % 999_983);
      yield ask(BigInt(n + 1), (n % providers) + 1, {
        pricePerUnitPeriod: price,
        premiumBps: n % 4 === 0 ? 9_000 : 0,
        ceiling: n % 4 === 0 ? 2n * price : 0n,
      });
    }
  });
}

/** Providers of each kind of junk, and the asks of each: with those of one single provider, 100,000 in all. */
const JUNK_PROVIDERS = 2_000;
const JUNK_ASKS = 20_000;

/** 100,000 asks that cost next to nothing and that nobody can take, or that all belong to one provider. */
function junkMarket(firstId: number): LogSource {
  const kinds: { stake: bigint; capacity?: number; terms: Partial<Ask> }[] = [
    // Only the bond is at stake.
    { stake: 0n, terms: {} },
    { stake: 1_000n * TOKEN, capacity: 0, terms: {} },
    // What is left is less than the least that they sell.
    { stake: 1_000n * TOKEN, terms: { unitsLeft: 1, minUnits: 2 } },
    { stake: 1_000n * TOKEN, terms: { expiry: NOW_S } },
  ];
  return batches(function* () {
    let [id, askId] = [firstId, 10_000_000n];
    for (const { stake, capacity, terms } of kinds) {
      for (let n = 0; n < JUNK_PROVIDERS; n++, id++) {
        yield* provider(id, stake, capacity);
        for (let m = 0; m < JUNK_ASKS / JUNK_PROVIDERS; m++)
          yield ask(askId++, id, { pricePerUnitPeriod: 1n, ...terms });
      }
    }
    yield* provider(id, 1_000n * TOKEN);
    for (let n = 0; n < JUNK_ASKS; n++) yield ask(askId++, id, { pricePerUnitPeriod: 1n });
  });
}

function* provider(id: number, stake: bigint, capacity = 1_000_000): Generator<[MarketContractName, string, object]> {
  const operator = digest(`operator ${id}`).slice(0, 42);
  const keys = { operator, nodeAddress: digest(`node ${id}`).slice(0, 42), nodePublicKey: `0x${'ab'.repeat(64)}` };
  const addresses = `/ip4/10.0.${(id >> 8) & 255}.${id & 255}/tcp/4601`;
  yield ['nodeRegistry', 'ProviderRegistered', { provider: id, ...keys, region: 276, addresses }];
  yield ['collateral', 'Staked', { provider: id, from: operator, amount: TOKEN + stake }];
  yield ['nodeRegistry', 'PlacementAssigned', { provider: id, placementId: digest(`placement ${id}`) }];
  if (capacity > 0) yield ['nodeRegistry', 'CapacityChanged', { provider: id, units: capacity }];
}

function ask(askId: bigint, owner: number, terms: Partial<Ask>): [MarketContractName, string, object] {
  return ['orderBook', 'AskPosted', { askId, provider: owner, ask: { ...ASK, provider: owner, ...terms } }];
}

function batches(events: () => Iterable<[MarketContractName, string, object]>): LogSource {
  return function* (from) {
    let logs: MarketLog[] = [];
    let n = 0n;
    for (const [contract, name, args] of events()) {
      // A hundred to a block.
      logs.push(encode(contract, name, args, from + n / 100n, Number(n % 100n)));
      n++;
      if (logs.length === MANY_LOGS) {
        yield logs;
        logs = [];
      }
    }
    if (logs.length > 0) yield logs;
  };
}

function encode(contract: MarketContractName, name: string, args: object, block: bigint, logIndex: number): MarketLog {
  const abi: Abi = marketAbis[contract];
  const item = abi.find((entry): entry is AbiEvent => entry.type === 'event' && entry.name === name)!;
  const values = args as Record<string, unknown>;
  const plain = item.inputs.filter(({ indexed }) => indexed !== true);
  return {
    address: DEPLOYMENT.contracts[contract],
    topics: encodeEventTopics({ abi: [item], args: values } as never) as [Hex, ...Hex[]],
    data: encodeAbiParameters(
      plain,
      plain.map((input) => values[input.name ?? '']),
    ),
    blockNumber: block,
    blockHash: digest(`block ${block}`),
    blockTimestamp: undefined,
    logIndex,
    transactionHash: digest(`${block} ${logIndex}`),
    transactionIndex: logIndex,
    removed: false,
  };
}

function digest(text: string): Hex {
  return `0x${hash('sha256', text)}`;
}
