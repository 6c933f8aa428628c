import type { Clock } from '../core/clock.ts';
import type { Holder } from '../transfer/read/holder.ts';
import type { Desk, ReadPayer } from './read-payer.ts';

export interface PaidReadComponents {
  readonly payer: ReadPayer;
  readonly desk: Desk;
  /** Reads the units, under a contract where there is one. */
  readonly read: (contract: string | undefined) => AsyncIterable<Uint8Array>;
  /** How many bytes they are. */
  readonly byteLength: number;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** A first read may be asked for a contract, the next one for what an earlier process left owing, and one more for another channel. */
const MAX_TRIES = 4;

/** Reads units that may cost something: what the provider refuses without a contract, or before it is paid, is read again with it. Only at its beginning: what breaks off midway is for others to go on with. */
export async function* readPaid(
  { payer, desk, read, byteLength, clock }: PaidReadComponents,
  holder: Holder,
): AsyncGenerator<Uint8Array> {
  for (let tries = 1; ; tries++) {
    const contract = payer.begin(holder);
    const startedMs = clock.monotonicMs();
    let firstMs: number | undefined;
    let receivedBytes = 0;
    try {
      for await (const block of read(contract?.id)) {
        firstMs ??= clock.monotonicMs();
        receivedBytes += block.byteLength;
        contract?.delivered(block.byteLength);
        yield block;
      }
      firstMs ??= startedMs;
      const durationMs = clock.monotonicMs() - firstMs;
      contract?.sample({ firstByteMs: firstMs - startedMs, byteLength: receivedBytes, durationMs });
      return;
    } catch (error) {
      if (receivedBytes > 0 || tries === MAX_TRIES) throw error;
      if (!(await payer.arrange(holder, { refusal: error, tried: contract?.id, byteLength }, desk))) throw error;
    } finally {
      contract?.end();
    }
  }
}
