import { InvalidArgumentError, Option, type Command } from 'commander';

import { MAX_SPARES, type PurchaseTerms } from '../client/put/plan.ts';
import type { ClientConfig } from '../config/client-config.ts';
import { unitPriceOfGibPrice } from '../market/money.ts';
import { checkCodeShape, MAX_SHARDS } from '../pipeline/erasure/code.ts';
import { parseCode, parseCount } from './parse-options.ts';

/** Options of everything that has a price. */
export interface PurchaseOptions {
  code?: { k: number; n: number };
  replicas?: number;
  periods?: number;
}

export function addPurchaseOptions(command: Command): Command {
  return command
    .option('--code <k/n>', 'cut into n shards, any k of which give it back (default: 4/6)', parseCode)
    .addOption(
      new Option('--replicas <n>', 'store n copies, each enciphered apart, instead of coding')
        .argParser(parseCount)
        .conflicts('code'),
    )
    .option('--periods <n>', 'how many periods to store for (default: 90)', parseCount);
}

/** What the options and, where they say nothing, the configuration ask for. @throws StowError `bad-code` */
export function purchaseOf(options: PurchaseOptions, config: ClientConfig): PurchaseTerms {
  const { code, replicas, periods } = options;
  const { storage, preference } = config;
  const shape = replicas === undefined ? (code ?? { k: storage.needed, n: storage.shards }) : { k: 1, n: replicas };
  checkCodeShape(shape);
  const max = storage.maxPricePerGibPeriod;
  return {
    ...shape,
    periods: periods ?? storage.periods,
    weights: preference,
    maxPricePerUnitPeriod: max === undefined ? undefined : unitPriceOfGibPrice(max),
    regions: storage.regions.length === 0 ? undefined : new Set(storage.regions.map(Number)),
  };
}

/** From so many shards on, one more is a quarter of the traffic at most. */
const SPARE_FROM_SHARDS = 4;

/** One spare costs a shard's traffic, or the first 32 MiB of it; with few shards that is much, and with one it is a second copy. */
export function defaultSpares({ n }: { n: number }): number {
  return n >= SPARE_FROM_SHARDS && n < MAX_SHARDS ? 1 : 0;
}

export function sparesOption(): Option {
  return new Option(
    '--spares <n>',
    `shards to start beyond those of the code, the slowest of which are dropped or wait, at most ${MAX_SPARES} (default: 1 from 4 shards on)`,
  ).argParser(parseSpares);
}

function parseSpares(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= MAX_SPARES) return count;
  throw new InvalidArgumentError(`a number from 0 to ${MAX_SPARES} is expected`);
}
