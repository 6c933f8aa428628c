import type { Command } from 'commander';

import type { PurchaseTerms } from '../client/put/plan.ts';
import type { ClientConfig } from '../config/client-config.ts';
import { unitPriceOfGibPrice } from '../market/money.ts';
import { ExitCode, StowError } from '../core/errors.ts';
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
    .option('--replicas <n>', 'store n copies, each enciphered apart, instead of coding', parseCount)
    .option('--periods <n>', 'how many periods to store for (default: 90)', parseCount);
}

/** What the options and, where they say nothing, the configuration ask for. @throws StowError `usage-conflict`, `config-invalid` */
export function purchaseOf(options: PurchaseOptions, config: ClientConfig): PurchaseTerms {
  const { code, replicas, periods } = options;
  if (code !== undefined && replicas !== undefined) {
    throw new StowError({
      code: 'usage-conflict',
      message: '--code and --replicas exclude each other',
      hint: '--replicas 3 is --code 1/3: three whole copies',
      exitCode: ExitCode.usage,
    });
  }
  const { storage, preference } = config;
  const shape = replicas === undefined ? (code ?? { k: storage.needed, n: storage.shards }) : { k: 1, n: replicas };
  if (shape.k > shape.n) {
    throw new StowError({
      code: 'config-invalid',
      message: `storage.needed is ${shape.k} and storage.shards ${shape.n}: more shards would be needed than there are`,
      hint: 'set storage.shards to at least storage.needed',
      exitCode: ExitCode.usage,
    });
  }
  const max = storage.maxPricePerGibPeriod;
  return {
    ...shape,
    periods: periods ?? storage.periods,
    weights: preference,
    maxPricePerUnitPeriod: max === undefined ? undefined : unitPriceOfGibPrice(max),
    regions: storage.regions.length === 0 ? undefined : new Set(storage.regions.map(Number)),
  };
}
