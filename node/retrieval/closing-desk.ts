import { MAX_AHEAD_S } from '../agreements/limits.ts';
import { StowError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Address, CloseRequest, Closing, Hex, SignedVoucher, Voucher } from '../market/messages.ts';
import type { CloseAnswer, CloseMessage } from './closing-messages.ts';
import { findOrLook, type SeenChannel, type SeenChannels } from './seen-channels.ts';

/** Channels that this provider agreed to end. Kept on disk: what is read over one of these could be lost. */
export interface ClosingBook {
  /** @param until unix seconds until which the consent holds. Durable when it returns. */
  keepConsent(channel: bigint, until: number): void;
}

export interface ClosingDeskComponents {
  channels: SeenChannels;
  book: ClosingBook;
  vouchers: { get(channel: bigint): SignedVoucher | undefined };
  chain: { nowS(): number };
  verifyRequest: (request: CloseRequest, signature: Hex, client: Address) => boolean;
  signClosing: (closing: Closing) => Promise<Hex>;
  logger: Logger;
}

/** Agrees to the end of channels, with what their clients promised last. From then on, and as long as the consent holds, nothing is served over them. */
export class ClosingDesk {
  readonly #components: ClosingDeskComponents;

  constructor(components: ClosingDeskComponents) {
    this.#components = components;
  }

  /** @throws StowError `close-channel-unknown`, `close-signature-bad`, `close-expired`, `close-above-deposit` */
  async agree({ request, signature }: CloseMessage, signal?: AbortSignal): Promise<CloseAnswer> {
    const { chain, channels, verifyRequest, book, signClosing, logger } = this.#components;
    const now = chain.nowS();
    requireFresh(request, now);
    const { client } = await this.#find(request.channel, signal);
    if (!verifyRequest(request, signature, client)) {
      throw refusal(
        'close-signature-bad',
        'the request is not signed by the client of the channel',
        'sign with the wallet that opened it, for this chain and market',
      );
    }
    // What was put behind it, or redeemed, since it was looked at last: one who asks for that signed for it.
    await channels.sync(signal);
    this.#requireCovered(request.channel);
    const deadline = now + MAX_AHEAD_S;
    // First on disk, then read what is promised: what is promised later is not served for.
    book.keepConsent(request.channel, deadline);
    const { kept, redeemed } = this.#requireCovered(request.channel);
    const isNews = kept !== undefined && kept.voucher.amount > redeemed;
    const voucher = isNews ? kept.voucher : nothingMore(request.channel, redeemed);
    const closing = { voucher, deadline: BigInt(deadline) };
    logger.info({ channel: String(request.channel) }, 'agreed to the end of a channel');
    return {
      ...closing,
      ...(isNews ? { voucherSignature: kept.signature } : {}),
      signature: await signClosing(closing),
    };
  }

  /** @throws StowError `close-channel-unknown`, `close-above-deposit` */
  #requireCovered(channel: bigint): { kept: SignedVoucher | undefined; redeemed: bigint } {
    const { channels, vouchers } = this.#components;
    const seen = channels.find(channel);
    if (seen === undefined) throw unknownChannel(channel);
    const kept = vouchers.get(channel);
    if (kept !== undefined && kept.voucher.amount > seen.deposit) throw aboveDeposit();
    return { kept, redeemed: seen.redeemed };
  }

  async #find(channel: bigint, signal?: AbortSignal): Promise<SeenChannel> {
    const found = await findOrLook(this.#components.channels, channel, signal);
    if (found === undefined) throw unknownChannel(channel);
    return found;
  }
}

/** The last word of a channel over which nothing is owed. */
function nothingMore(channel: bigint, amount: bigint): Voucher {
  return { channel, amount, readBytes: 0n, firstByteMs: 0, kibPerSecond: 0 };
}

function requireFresh({ expiry }: CloseRequest, now: number): void {
  const ahead = expiry - BigInt(now);
  if (ahead > 0n && ahead <= BigInt(MAX_AHEAD_S)) return;
  throw refusal(
    'close-expired',
    `the request expires ${ahead} seconds from the chain's time; it has to lie 1 to ${MAX_AHEAD_S} ahead`,
    "set the expiry from the timestamp of the chain's latest block",
  );
}

function unknownChannel(channel: bigint): StowError {
  return refusal(
    'close-channel-unknown',
    `this provider has no open channel ${channel}`,
    'it is closed already, or leads to another provider: `stowmarket channel list --all` tells',
  );
}

function aboveDeposit(): StowError {
  return refusal(
    'close-above-deposit',
    'more was promised over the channel than stands behind it',
    'put more behind it, or close from one side',
  );
}

function refusal(code: string, message: string, hint: string): StowError {
  return new StowError({ code, message, hint });
}
