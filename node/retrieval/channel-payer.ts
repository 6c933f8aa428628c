import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Hex, SignedVoucher, Voucher } from '../market/messages.ts';
import { Credit } from './credit.ts';
import { PAY_PAUSE_MS, VOUCHERS_PER_CREDIT } from './limits.ts';
import { decodeBody, encodeBody, payAnswerSchema, signedVoucherSchema } from './messages.ts';
import { type ServiceSample, ServiceSamples } from './service-samples.ts';
import type { Promised, SentVouchers } from './voucher-store.ts';

/** How a provider is sent a body about payments. */
export type Post = (body: Uint8Array) => Promise<Uint8Array>;

export interface ChannelPayerComponents {
  readonly sent: SentVouchers;
  readonly sign: (voucher: Voucher) => Promise<Hex>;
  /** Token wei behind the channel, as the chain has it now. */
  readonly depositNow: () => Promise<bigint>;
  /** Whether a voucher is this wallet's own. */
  readonly isOwn: (signed: SignedVoucher) => boolean;
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: Logger;
}

/** How often a last voucher that does not arrive is sent again, and one that another machine was ahead of. */
const MAX_TRIES = 3;

/**
 * Pays for what was checked, over one channel: a voucher as soon as a part of the credit is used up, and what is left when nothing more comes. A promise is on
 * disk before its voucher leaves. Never pays in advance.
 */
export class ChannelPayer {
  readonly channel: bigint;
  /** Token wei, as last seen on the chain. */
  deposit: bigint;
  readonly #components: ChannelPayerComponents;
  readonly #samples = new ServiceSamples();
  /** What this process read: what others promised is not its business. */
  readonly #credit = new Credit(0n);
  #post: Post;
  #readBytes = 0n;
  /** What all processes promised, as this one saw it last. */
  #promised: Credit | undefined;
  /** How often something turned out right. */
  #checks = 0;
  #isPausing = false;
  #paying: Promise<void> | undefined;
  /** Promised by this process, and not known to have arrived. */
  #unsent = { amount: 0n, readBytes: 0n };
  /** Whether the provider lacks a voucher, whoever promised it. */
  #isMissing = false;

  constructor(components: ChannelPayerComponents, init: { channel: bigint; deposit: bigint; post: Post }) {
    this.#components = components;
    this.channel = init.channel;
    this.deposit = init.deposit;
    this.#post = init.post;
  }

  /** A better way to reach the provider. */
  reachBy(post: Post): void {
    this.#post = post;
  }

  /** Bytes turned out right, of which some cost something. */
  owe(byteLength: bigint, paidBytes: bigint, pricePerMiB: bigint): void {
    this.#credit.serve(paidBytes, pricePerMiB);
    this.#readBytes += byteLength;
    this.#checks++;
    this.#promised ??= new Credit(this.#components.sent.promised(this.channel).amount);
    if (this.#credit.payable >= this.#promised.limit(pricePerMiB) / VOUCHERS_PER_CREDIT) void this.#pay();
    else if (!this.#isPausing) void this.#payAfterPause();
  }

  sample(sample: ServiceSample): void {
    this.#samples.add(sample);
  }

  /** Pays all that is left. Never throws: what cannot be delivered is the provider's loss, below one credit. */
  async settle(): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES && (this.#isUnsent || this.#credit.payable > 0n); tries++) await this.#pay();
  }

  /**
   * Sends a voucher for all that is promised by now: one that another process promised may never have arrived.
   * @param added token wei of it that this process promised, and not for what it read
   */
  async sendPromised(added: bigint): Promise<void> {
    this.#unsent.amount += added;
    this.#isMissing = true;
    await this.#pay();
  }

  /** Waits until nothing new was checked for a while. */
  async #payAfterPause(): Promise<void> {
    this.#isPausing = true;
    for (let seen = -1; seen !== this.#checks;) {
      seen = this.#checks;
      await this.#components.clock.sleep(PAY_PAUSE_MS);
    }
    this.#isPausing = false;
    await this.#pay();
  }

  /** One voucher after another: each is for all that is payable when its turn comes. */
  async #pay(): Promise<void> {
    const before = this.#paying;
    const paying = (async () => {
      await before;
      await this.#payNow();
    })();
    this.#paying = paying;
    await paying;
    if (this.#paying === paying) this.#paying = undefined;
  }

  async #payNow(): Promise<void> {
    const { sent, logger } = this.#components;
    const added = { amount: this.#credit.payable, readBytes: this.#readBytes };
    const isNew = added.amount > 0n;
    if (!isNew && !this.#isUnsent) return;
    try {
      let promised = sent.raise(this.channel, added, this.deposit);
      if (promised === undefined) {
        // It may have been topped up since.
        this.deposit = await this.#components.depositNow();
        promised = sent.raise(this.channel, added, this.deposit);
      }
      // What others promised counts for the credit, too.
      this.#promised = promised === undefined ? undefined : new Credit(promised.amount);
      if (promised === undefined) {
        logger.warn(
          { channel: this.channel },
          'the deposit behind a channel is used up: what was read last is not paid',
        );
        return;
      }
      this.#credit.pay(this.#credit.paid + added.amount);
      this.#unsent.amount += added.amount;
      this.#unsent.readBytes += added.readBytes;
      this.#readBytes -= added.readBytes;
      await this.#deliver(promised, { isNew });
    } catch (error) {
      logger.warn({ channel: this.channel, reason: messageOf(error) }, 'a payment did not arrive');
    }
  }

  /** Two machines with one key promise apart from each other: whoever is behind goes on from the other's last voucher, and adds its own to that. */
  async #deliver(first: Promised, { isNew }: { isNew: boolean }): Promise<void> {
    const { sent, isOwn, logger } = this.#components;
    let promised: Promised | undefined = first;
    for (let tries = 0; tries < MAX_TRIES && promised !== undefined; tries++) {
      const last = await this.#send(promised);
      // What another process on this machine promised is in its voucher, and ours with it. No two of them promise the same amount.
      const isElsewhere =
        last !== undefined &&
        (last.voucher.amount > sent.promised(this.channel).amount ||
          (isNew && last.voucher.amount === promised.amount));
      if (!isElsewhere) {
        this.#unsent = { amount: 0n, readBytes: 0n };
        this.#isMissing = false;
        return;
      }
      if (last.voucher.channel !== this.channel || !isOwn(last)) throw new Error('it shows a voucher of somebody else');
      logger.warn({ channel: this.channel }, 'another machine pays over the same channel with the same key');
      sent.adopt(last);
      promised = sent.raise(this.channel, this.#unsent, this.deposit);
    }
  }

  async #send({ amount, readBytes }: Promised): Promise<SignedVoucher | undefined> {
    const voucher = { channel: this.channel, amount, readBytes, ...this.#samples.receipt() };
    const signature = await this.#components.sign(voucher);
    const answer = await this.#post(encodeBody(signedVoucherSchema, { voucher, signature }));
    return decodeBody(payAnswerSchema, answer).last;
  }

  get #isUnsent(): boolean {
    return this.#isMissing || this.#unsent.amount > 0n;
  }
}
