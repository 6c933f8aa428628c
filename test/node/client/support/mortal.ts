import { expect } from 'chai';

import type { ControlPlane, ShardUploader } from '../../../../node/client/put/control-plane.ts';
import { toHex } from '../../../../node/core/bytes.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import type { FakeProviders } from './fake-providers.ts';
import type { TrackedPuts } from './tracked-puts.ts';

/** A process's dealings with the world: each may be its last, before or after the world took part. */
export interface Mortality {
  step: () => Promise<void>;
  dying: <A extends unknown[], R>(call: (...args: A) => Promise<R>) => (...args: A) => Promise<R>;
}

/** Runs what dies in a dealing with the world of which `isTime`, counted from 1. @returns whether it came to its end before */
export async function runUntilKilled(
  { puts, providers }: { puts: TrackedPuts; providers: FakeProviders },
  isTime: (dealings: number) => boolean,
  run: (mortality: Mortality) => Promise<unknown>,
): Promise<boolean> {
  const { promise: killed, resolve: kill } = Promise.withResolvers<false>();
  let dealings = 0;
  let isDead = false;
  const step = async (): Promise<void> => {
    dealings++;
    if (!isDead && isTime(dealings)) {
      isDead = true;
      puts.isDead = true;
      kill(false);
    }
    if (isDead) await new Promise(() => undefined);
  };
  const dying: Mortality['dying'] =
    (call) =>
    async (...args) => {
      await step();
      const result = await call(...args);
      await step();
      return result;
    };
  const ended = await Promise.race([run({ step, dying }).then(() => true), killed]);
  // The system closes what a dead process had open, and the providers notice.
  await puts.closeAll();
  providers.breakUploads();
  await new Promise((resolve) => setImmediate(resolve));
  return ended;
}

/** Providers that a process may die while dealing with. */
export function mortalProviders(
  { control, uploader }: { control: ControlPlane; uploader: ShardUploader },
  { step, dying }: Mortality,
): { control: ControlPlane; uploader: ShardUploader } {
  return {
    control: {
      reserve: dying(control.reserve.bind(control)),
      sign: dying(control.sign.bind(control)),
      release: dying(control.release.bind(control)),
    },
    uploader: {
      putShard: dying(async (provider, reservation, body, options) => {
        async function* pieces(): AsyncGenerator<Uint8Array> {
          for await (const piece of body) {
            yield piece;
            await step();
          }
        }
        return uploader.putShard(provider, reservation, pieces(), options);
      }),
      uploadState: dying(uploader.uploadState.bind(uploader)),
    },
  };
}

/** Uploads in which the same unit of a shard is never sent with two contents: no nonce was used for two texts. */
export class WatchedUploads implements ShardUploader {
  /** Every unit that ever went out, by object, shard and place. */
  readonly unitsSent = new Map<string, Buffer>();
  readonly #providers: FakeProviders;

  constructor(providers: FakeProviders) {
    this.#providers = providers;
  }

  readonly putShard: ShardUploader['putShard'] = async (provider, reservation, body, options) => {
    const wish = this.#providers.reserved.get(reservation.id)?.wish;
    const shard = `${toHex(wish?.objectKey ?? new Uint8Array())} ${wish?.shardIndex}`;
    const watched = this.#watch(shard, options.from ?? 0, body);
    return this.#providers.putShard(provider, reservation, watched, options);
  };

  readonly uploadState: ShardUploader['uploadState'] = async (provider, reservation) =>
    this.#providers.uploadState(provider, reservation);

  async *#watch(shard: string, from: number, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let unit = from;
    for await (const piece of body) {
      for (let at = 0; at < piece.byteLength; at += UNIT_BYTES, unit++) {
        const name = `${shard} ${unit}`;
        const bytes = Buffer.from(piece.subarray(at, at + UNIT_BYTES));
        expect(this.unitsSent.get(name)?.equals(bytes) ?? true, `unit ${unit} came out the same`).to.equal(true);
        this.unitsSent.set(name, bytes);
      }
      yield piece;
    }
  }
}
