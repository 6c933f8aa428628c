import type { Duty, Draw } from '../../../node/chain/records.ts';
import type { Clock } from '../../../node/core/clock.ts';
import type { Head } from '../../../node/provider/chain-clock.ts';

/** A chain clock whose blocks come when the test says so. Period p holds blocks [10 p, 10 p + 10). */
export class FakeChainClock {
  readonly periodBlocks = 10n;
  readonly #listeners = new Set<(head: Head) => void>();
  head: Head;
  silent = 0;

  constructor(block = 10) {
    this.head = headAt(block);
  }

  opening(period: number): bigint {
    return BigInt(period) * this.periodBlocks;
  }

  subscribe(listener: (head: Head) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  silentMs(): number {
    return this.silent;
  }

  nowS(): number {
    return this.head.timestampS;
  }

  async look(): Promise<Head> {
    return this.head;
  }

  /** Mines up to `block`, one at a time, and lets the listeners' work go on as far as it can after each. */
  async mineTo(block: number): Promise<void> {
    while (Number(this.head.block) < block) {
      this.head = headAt(Number(this.head.block) + 1);
      for (const listener of this.#listeners) listener(this.head);
      await settle();
    }
  }
}

function headAt(block: number): Head {
  return { block: BigInt(block), timestampS: 1_000_000 + block, period: Math.floor(block / 10) };
}

/** Lets everything that waits for nothing but promises finish. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A clock on which sleeping takes no time. */
export const instantClock: Clock = {
  nowMs: () => 0,
  monotonicMs: () => 0,
  sleep: async (_ms, options) => {
    options?.signal?.throwIfAborted();
  },
};

export function duty(fields: Partial<Duty>): Duty {
  return {
    units: 0,
    unitsAtOpen: 0,
    touched: 0,
    resolvedThrough: 0,
    leaves: 0,
    leavesAtOpen: 0,
    lastProven: 0,
    rent: 0n,
    rentAtOpen: 0n,
    failed: false,
    maintained: false,
    ...fields,
  };
}

export function draw(agreement: bigint, leaf = 0n, conceded = false): Draw {
  return { agreement, root: `0x${agreement.toString(16).padStart(64, '0')}`, leaf, depth: 10, conceded };
}
