import { randomBytes } from 'node:crypto';

import type {
  ControlPlane,
  Reservation,
  ReserveWish,
  ShardUploader,
} from '../../../../node/client/put/control-plane.ts';
import type { Holder } from '../../../../node/transfer/read/holder.ts';
import type { ShardAccess } from '../../../../node/transfer/read/shard-access.ts';
import type { KnownProvider } from '../../../../node/client/market-view.ts';
import { to0x } from '../../../../node/core/bytes.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../../node/core/units.ts';
import type { Hex, StorageAgreement } from '../../../../node/market/messages.ts';
import type { WrongBytes } from '../../../../node/transfer/read/wrong-bytes.ts';
import { NOW_S } from './fake-market.ts';
import { ShardCommitment } from '../../../../node/pipeline/merkle/commitment.ts';

export type Step =
  | 'reserve'
  | 'put'
  | 'put-midway'
  | 'put-root'
  | 'sign'
  | 'read'
  | 'read-midway'
  | 'corrupt'
  | 'corrupt-roots'
  | 'truncate'
  | 'hang';

interface HeldShard {
  provider: number;
  /** Bytes in file order. */
  bytes: Buffer;
  unitRoots: Buffer;
  root: Uint8Array;
}

/**
 * Providers in memory that keep what they are sent and fail where a test tells them to: all of the client's ports in one, with
 * the real encoding and the real trees.
 */
export class FakeProviders implements ControlPlane, ShardUploader, ShardAccess {
  readonly faults = new Map<number, Set<Step>>();
  readonly reserved = new Map<string, { provider: number; wish: ReserveWish }>();
  readonly released: string[] = [];
  readonly stored = new Map<string, HeldShard>();
  readonly signed: StorageAgreement[] = [];
  /** What readers reported. */
  readonly wrong: WrongBytes[] = [];
  /** By reservation: a provider signs one agreement for each. */
  readonly promised = new Map<string, StorageAgreement>();
  /** What came of uploads that broke off, in upload order. */
  readonly kept = new Map<string, { pieces: readonly Buffer[]; byteLength: number }>();
  /** Every upload that was begun or gone on with. */
  readonly sent: { provider: number; shardIndex: number; from: number }[] = [];
  /** Unix seconds of the chain. */
  nowS = NOW_S;
  /** Units that are lost on the way when a connection breaks. */
  losesUnits = 0;
  readonly #breaks = new Map<number, (reason: unknown) => void>();
  /** Awaited after each piece: a provider is as slow as this. */
  onPiece: (provider: number, pieces: number) => Promise<void> | void = () => undefined;
  /** Called when a provider has taken the first piece of a shard. */
  onFirstPiece: (provider: number) => void = () => undefined;

  fail(provider: number, step: Step): void {
    this.faults.set(provider, (this.faults.get(provider) ?? new Set()).add(step));
  }

  async reserve(provider: KnownProvider, wish: ReserveWish): Promise<Reservation> {
    this.#maybe(provider.id, 'reserve');
    // As a provider does: the same wallet's same request gets the same room.
    const known = [...this.reserved].find(
      ([reservationId, one]) =>
        one.provider === provider.id &&
        !this.#isOverdue(reservationId) &&
        one.wish.shardIndex === wish.shardIndex &&
        Buffer.compare(one.wish.objectKey, wish.objectKey) === 0,
    );
    const id = known?.[0] ?? randomBytes(16).toString('hex');
    this.reserved.set(id, { provider: provider.id, wish });
    if (wish.held === undefined) return { id, bulk: [] };
    const stored = [...this.stored.values()].find(
      (shard) => shard.provider === provider.id && to0x(shard.root) === wish.held,
    );
    if (stored !== undefined) this.stored.set(id, stored);
    return { id, bulk: [], stored: stored !== undefined };
  }

  async sign(provider: KnownProvider, reservationId: string, agreement: StorageAgreement): Promise<Hex> {
    this.#maybe(provider.id, 'sign');
    if (!this.reserved.has(reservationId)) throw new Error('unknown reservation');
    const before = this.promised.get(reservationId);
    if (
      before !== undefined &&
      (before.nonce !== agreement.nonce || before.deadline !== agreement.deadline) &&
      agreement.bidId === 0n
    )
      throw new StowError({ code: 'sign-other-promise', message: 'another agreement is signed' });
    this.promised.set(reservationId, agreement);
    this.signed.push(agreement);
    return `0x${'11'.repeat(65)}`;
  }

  async release(_provider: KnownProvider, reservationId: string): Promise<void> {
    this.released.push(reservationId);
    this.reserved.delete(reservationId);
    // Nothing says any more that what came is this client's.
    this.stored.delete(reservationId);
  }

  async putShard(
    provider: KnownProvider,
    reservation: Reservation,
    body: AsyncIterable<Uint8Array>,
    { signal, from = 0 }: { signal?: AbortSignal | undefined; from?: number | undefined },
  ): Promise<{ root: Uint8Array; units: number }> {
    this.#maybe(provider.id, 'put');
    const kept = Buffer.concat(this.kept.get(reservation.id)?.pieces ?? []).subarray(0, from * UNIT_BYTES);
    if (kept.byteLength !== from * UNIT_BYTES)
      throw new StowError({ code: 'upload-wrong-offset', message: 'not here' });
    const pieces: Buffer[] = [kept];
    const arrived = { pieces, byteLength: kept.byteLength };
    this.sent.push({
      provider: provider.id,
      shardIndex: this.reserved.get(reservation.id)?.wish.shardIndex ?? -1,
      from,
    });
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => undefined);
    this.#breaks.set(provider.id, broken.reject);
    signal?.addEventListener('abort', () => broken.reject(signal.reason));
    const iterator = body[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await Promise.race([iterator.next(), broken.promise]);
        signal?.throwIfAborted();
        if (next.done === true) break;
        pieces.push(Buffer.from(next.value));
        arrived.byteLength += next.value.byteLength;
        this.kept.set(reservation.id, arrived);
        if (pieces.length === 2) this.onFirstPiece(provider.id);
        if (pieces.length === 3 && this.#has(provider.id, 'put-midway')) {
          // It is gone for good.
          this.fail(provider.id, 'put');
          this.#maybe(provider.id, 'put-midway');
        }
        await Promise.race([this.onPiece(provider.id, pieces.length - 1), broken.promise]);
      }
    } catch (error) {
      void iterator.return?.();
      const whole = this.#whole(pieces);
      this.kept.set(reservation.id, { pieces: [whole], byteLength: whole.byteLength });
      throw error;
    }
    const all = Buffer.concat(pieces);
    this.kept.delete(reservation.id);
    // The header unit comes last.
    const bytes = Buffer.concat([all.subarray(-UNIT_BYTES), all.subarray(0, -UNIT_BYTES)]);
    const held = hold(provider.id, bytes);
    this.stored.set(reservation.id, held);
    const root = this.#has(provider.id, 'put-root') ? Buffer.alloc(32, 7) : held.root;
    return { root, units: bytes.byteLength / UNIT_BYTES };
  }

  async uploadState(
    provider: KnownProvider,
    reservation: Reservation,
  ): Promise<{ units: number; root?: Uint8Array | undefined }> {
    this.#maybe(provider.id, 'put');
    this.#wish(reservation);
    const stored = this.stored.get(reservation.id);
    if (stored !== undefined) return { units: stored.bytes.byteLength / UNIT_BYTES, root: stored.root };
    return { units: (this.kept.get(reservation.id)?.byteLength ?? 0) / UNIT_BYTES };
  }

  /** Breaks the connection of the upload that a provider is taking. What it took in whole units, but for the last, is kept. */
  breakUpload(provider: number): void {
    this.#breaks.get(provider)?.(
      new StowError({ code: 'transfer-hangup', message: `provider ${provider} hung up`, retryable: true }),
    );
  }

  /** Breaks the connections of all uploads. */
  breakUploads(): void {
    for (const provider of this.#breaks.keys()) this.breakUpload(provider);
  }

  #isOverdue(reservationId: string): boolean {
    const promised = this.promised.get(reservationId);
    return promised !== undefined && promised.deadline < BigInt(this.nowS);
  }

  #whole(pieces: readonly Buffer[]): Buffer {
    const all = Buffer.concat(pieces);
    const units = Math.max(0, Math.floor(all.byteLength / UNIT_BYTES) - 1 - this.losesUnits);
    return all.subarray(0, units * UNIT_BYTES);
  }

  #wish({ id }: Reservation): ReserveWish {
    const reserved = this.reserved.get(id);
    if (reserved === undefined) throw new StowError({ code: 'reservation-unknown', message: 'unknown reservation' });
    return reserved.wish;
  }

  async unitRoots(holder: Holder): Promise<Uint8Array> {
    this.#maybe(holder.provider.id, 'read');
    const { unitRoots } = this.#held(holder);
    return this.#has(holder.provider.id, 'corrupt-roots') ? Buffer.from(unitRoots).fill(7, 0, 1) : unitRoots;
  }

  onWrongBytes(found: WrongBytes): void {
    this.wrong.push(found);
  }

  async *readUnits(
    holder: Holder,
    from: number,
    count: number,
    { signal }: { signal?: AbortSignal | undefined },
  ): AsyncGenerator<Uint8Array> {
    const { id } = holder.provider;
    if (from > 0) this.#maybe(id, 'read-midway');
    if (this.#has(id, 'hang'))
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
    const { bytes } = this.#held(holder);
    const end = this.#has(id, 'truncate') ? from + count - 1 : from + count;
    for (let unit = from; unit < end; unit++) {
      const copy = Buffer.from(bytes.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES));
      if (this.#has(id, 'corrupt') && unit > 0) copy[100] = (copy[100] ?? 0) ^ 1;
      yield copy;
    }
  }

  #held({ provider, root }: Holder): HeldShard {
    const held = [...this.stored.values()].find(
      (shard) => shard.provider === provider.id && Buffer.compare(shard.root, root) === 0,
    );
    if (held === undefined) throw new StowError({ code: 'transfer-not-held', message: 'not held here' });
    return held;
  }

  #has(provider: number, step: Step): boolean {
    return this.faults.get(provider)?.has(step) === true;
  }

  #maybe(provider: number, step: Step): void {
    if (this.#has(provider, step)) {
      throw new StowError({
        code: 'transfer-hangup',
        message: `provider ${provider} failed at ${step}`,
        retryable: true,
      });
    }
  }
}

function hold(provider: number, bytes: Buffer): HeldShard {
  const roots: Uint8Array[] = [];
  const commitment = new ShardCommitment({ onUnitRoot: (_unit, root) => roots.push(root) });
  commitment.write(bytes);
  const root = commitment.finish();
  return { provider, bytes, unitRoots: Buffer.concat(roots), root };
}
