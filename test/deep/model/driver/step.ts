import type { Market } from '../market/market.ts';
import { Refusal } from '../market/refusal.ts';
import type { Sent } from './chain.ts';
import type { World } from './world.ts';

/** One transaction, and what the model makes of it. */
export interface Call extends Sent {
  model: (market: Market) => void;
}

/** Empty blocks. */
export interface Wait {
  blocks: number;
}

export type Step = Call | Wait;

/** Makes a step of one kind out of the world as it is; undefined when there is nothing to do it with. */
export type Maker = (world: World) => Step | undefined;

/** A model action that is always refused. */
export function refuse(error: string, ...values: readonly unknown[]): () => never {
  return () => {
    throw new Refusal(error, values);
  };
}
