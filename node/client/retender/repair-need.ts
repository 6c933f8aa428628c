import type { AgreementRow } from '../../chain/market-index.ts';
import { endOf } from '../../market/term.ts';
import type { ShapedObject } from './plan-retender.ts';

/** How far an object is from being repaired, and from being lost. */
export interface RepairNeed {
  /** Shards under an agreement that runs. */
  healthy: number;
  /** The latest agreements of shards whose provider lost or left them. */
  lost: AgreementRow[];
  /** The lost are rebuilt as soon as no more than so many are healthy. */
  threshold: number;
  isDue: boolean;
}

/**
 * Half of the shards that can be spared, rounded down: of 4 of 6 the first loss is repaired, of 20 of 30 the fifth. Rebuilding one shard reads k others and rebuilding five
 * reads them hardly more often in all, so wide codes wait for company; what is left outlasts the next third of all providers.
 */
export function defaultThreshold({ k, n }: Pick<ShapedObject, 'k' | 'n'>): number {
  return k + Math.floor((n - k) / 2);
}

/** @param threshold what the user said, if anything: at least k counts, as with fewer nothing can be rebuilt */
export function repairNeed(object: ShapedObject, period: number, threshold: number | undefined): RepairNeed {
  const { k, agreements } = object;
  const healthy = agreements.filter((row) => row.status === 'active' && period < endOf(row)).length;
  const lost = agreements.filter(({ status }) => status === 'failed');
  const limit = Math.max(k, threshold ?? defaultThreshold(object));
  return { healthy, lost, threshold: limit, isDue: lost.length > 0 && healthy <= limit };
}
