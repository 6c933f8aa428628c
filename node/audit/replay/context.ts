import type { MarketEvent } from '../../chain/market-events.ts';
import { AssertionError } from '../../core/assert.ts';
import type { Findings } from '../findings.ts';
import type { Ledger } from '../ledger.ts';
import type { AuditParameters } from '../parameters.ts';
import type { Transaction } from './transaction.ts';

/** What all parts of the replay share. */
export interface ReplayContext {
  readonly parameters: AuditParameters;
  readonly findings: Findings;
  readonly ledger: Ledger;
  readonly transaction: Transaction;
}

/** Events of one contract. */
export type EventOf<contract extends MarketEvent['contract']> = Extract<MarketEvent, { contract: contract }>;

/** The values of one event. */
export type ArgsOf<contract extends MarketEvent['contract'], name extends EventOf<contract>['name']> = Extract<
  EventOf<contract>,
  { name: name }
>['args'];

/** The period that a block belongs to, from 1. */
export function periodOf(block: bigint, { genesisBlock, periodBlocks }: AuditParameters): number {
  return Number((block - genesisBlock) / periodBlocks) + 1;
}

/** First block of a period. */
export function openingOf(period: number, { genesisBlock, periodBlocks }: AuditParameters): bigint {
  return genesisBlock + BigInt(period - 1) * periodBlocks;
}

/** Whoever adds an event to the contracts has to say what it does in the replay: the type checker stops here. */
export function unheardOf(event: never): never {
  throw new AssertionError(`the replay knows the event ${String(event)}`);
}
