import type { Clock } from '../core/clock.ts';
import type { Holder } from '../transfer/read/holder.ts';
import type { Desk, ReadPayer } from './read-payer.ts';

export interface PaidReadComponents {
  readonly payer: ReadPayer;
  readonly desk: Desk;
  /** Reads the units, under a contract where there is one. */
  readonly read: (contract: string | undefined) => AsyncIterable<Uint8Array>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** A first read may be asked for a contract, and the next one for what an earlier process left owing. */
const MAX_TRIES = 3;

/** Reads units that may cost something: what the provider refuses without a contract, or before it is paid, is read again with it. Only at its beginning: what breaks off midway is for others to go on with. */
export async function* readPaid(
  { payer, desk, read, clock }: PaidReadComponents,
  holder: Holder,
): AsyncGenerator<Uint8Array> {
  for (let tries = 1; ; tries++) {
    const contract = payer.contractOf(holder);
    const startedMs = clock.monotonicMs();
    let firstMs: number | undefined;
    let byteLength = 0;
    try {
      for await (const block of read(contract)) {
        firstMs ??= clock.monotonicMs();
        byteLength += block.byteLength;
        if (contract !== undefined) payer.delivered(holder, block.byteLength);
        yield block;
      }
      firstMs ??= startedMs;
      const durationMs = clock.monotonicMs() - firstMs;
      payer.sample(holder, { firstByteMs: firstMs - startedMs, byteLength, durationMs });
      return;
    } catch (error) {
      if (byteLength > 0 || tries === MAX_TRIES || !(await payer.arrange(holder, error, contract, desk))) throw error;
    }
  }
}
