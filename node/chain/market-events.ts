import {
  type Abi,
  type AbiEvent,
  type Log,
  type ParseEventLogsReturnType,
  parseEventLogs,
  toEventSelector,
} from 'viem';

import type { Address, Hex } from '../market/messages.ts';
import type { Deployment } from './deployment.ts';
import { type MarketContractName, marketAbis } from './market-abi.ts';

/** Where on the chain an event stands. */
export interface EventPlace {
  readonly block: bigint;
  readonly logIndex: number;
  readonly transaction: Hex;
}

type EventsOf<name extends MarketContractName> = ParseEventLogsReturnType<
  (typeof marketAbis)[name],
  undefined,
  true
>[number];

type Named<name extends MarketContractName, event> = event extends { eventName: infer eventName; args: infer args }
  ? { readonly contract: name; readonly name: eventName; readonly args: args; readonly place: EventPlace }
  : never;

/** Any event of the market, told apart by contract and name, with its values typed by the ABI. */
export type MarketEvent = { [name in MarketContractName]: Named<name, EventsOf<name>> }[MarketContractName];

/** Addresses whose logs make up the market's history. */
export function marketAddresses(deployment: Deployment): Address[] {
  return contractNames().map((name) => deployment.contracts[name]);
}

/** Decodes logs in chain order. Logs of no known event are left out: a newer contract may tell more than this version understands. */
export function decodeEvents(deployment: Deployment, logs: readonly Log<bigint, number, false>[]): MarketEvent[] {
  const byAddress = new Map(contractNames().map((name) => [deployment.contracts[name].toLowerCase(), name]));
  return logs
    .toSorted((a, b) =>
      a.blockNumber === b.blockNumber ? a.logIndex - b.logIndex : a.blockNumber < b.blockNumber ? -1 : 1,
    )
    .flatMap((log) => {
      const contract = byAddress.get(log.address.toLowerCase());
      return contract === undefined ? [] : decode(contract, log);
    });
}

function decode(contract: MarketContractName, log: Log<bigint, number, false>): MarketEvent[] {
  const item = eventsByTopic[contract].get(log.topics[0] ?? '0x');
  if (item === undefined) return [];
  return parseEventLogs({ abi: [item], logs: [log], strict: true }).map((event) => {
    const place = { block: log.blockNumber, logIndex: log.logIndex, transaction: log.transactionHash };
    // The values were just decoded with the ABI that the type is derived from.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return { contract, name: event.eventName, args: event.args, place } as unknown as MarketEvent;
  });
}

function contractNames(): MarketContractName[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a constant are its keys
  return Object.keys(marketAbis) as MarketContractName[];
}

/** Events by their first topic. Searching the ABI hashes the signature of every event before it, for each log. */
const eventsByTopic = topicsOf(marketAbis);

function topicsOf<name extends string>(abis: Readonly<Record<name, Abi>>): Record<name, ReadonlyMap<Hex, AbiEvent>> {
  const entries = Object.entries<Abi>(abis).map(([name, abi]) => [
    name,
    new Map(abi.filter((item) => item.type === 'event').map((item) => [toEventSelector(item), item])),
  ]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same keys
  return Object.fromEntries(entries) as Record<name, ReadonlyMap<Hex, AbiEvent>>;
}
