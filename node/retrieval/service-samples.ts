import { MAX_SAMPLES } from './limits.ts';

/** One read, as its client saw it. */
export interface ServiceSample {
  readonly firstByteMs: number;
  readonly byteLength: number;
  /** From the first byte to the last. */
  readonly durationMs: number;
}

const KIBIBYTE = 1_024;
const SECOND_MS = 1_000;
const MAX_FIRST_BYTE_MS = 2 ** 32 - 1;
/** Below, a read is over before it says anything about throughput. */
const MIN_RATED_BYTES = 1_048_576;

/** How the last reads of a provider were served: what vouchers tell of it. */
export class ServiceSamples {
  readonly #samples: ServiceSample[] = [];

  add(sample: ServiceSample): void {
    this.#samples.push(sample);
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** The medians; throughput as floor(log2) of KiB/s, 0 when no read was long enough to tell. */
  receipt(): { firstByteMs: number; kibPerSecond: number } {
    const rated = this.#samples.filter(({ byteLength, durationMs }) => byteLength >= MIN_RATED_BYTES && durationMs > 0);
    const rate = median(rated.map(({ byteLength, durationMs }) => byteLength / KIBIBYTE / (durationMs / SECOND_MS)));
    return {
      firstByteMs: Math.min(Math.round(median(this.#samples.map(({ firstByteMs }) => firstByteMs))), MAX_FIRST_BYTE_MS),
      kibPerSecond: rate < 1 ? 0 : Math.floor(Math.log2(rate)),
    };
  }
}

/** 0 of none. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
