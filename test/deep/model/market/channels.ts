import { BURN_ACCOUNT } from './accounts.ts';
import type { Market } from './market.ts';
import { need } from './refusal.ts';
import { type Address, BPS, MAX_UINT32, type Signer, type Undoable, copyRecords } from './types.ts';

export interface ChannelParams {
  disputeSeconds: number;
  burnBps: number;
}

export interface Channel {
  client: Address;
  provider: number;
  clientAccount: number;
  operatorAccount: number;
  deposit: bigint;
  redeemed: bigint;
  expiry: number;
  closesAt: number;
}

/** What a voucher promises, and whose signature of it there is. */
export interface Promised {
  channel: bigint;
  amount: bigint;
  signer: Signer;
}

/** A provider's consent to the end of a channel: who signed it, and until when it holds. */
export interface Consent {
  signer: Signer;
  deadline: bigint;
}

/** The records of IRetrievalChannels, by number from 1; those that ended are gone. */
export class Channels implements Undoable {
  readonly params: ChannelParams;
  #channels = new Map<bigint, Channel>();
  #count = 0n;
  /** Token wei of ended channels that nobody has had collected. */
  burning = 0n;

  constructor(params: ChannelParams) {
    this.params = params;
  }

  save(): () => void {
    const [channels, count, burning] = [copyRecords(this.#channels), this.#count, this.burning];
    return () => {
      [this.#channels, this.#count, this.burning] = [channels, count, burning];
    };
  }

  get count(): bigint {
    return this.#count;
  }

  add(channel: Channel): void {
    this.#channels.set((this.#count += 1n), channel);
  }

  end(number: bigint): void {
    this.#channels.delete(number);
  }

  peek(number: bigint): Channel | undefined {
    return this.#channels.get(number);
  }

  get(number: bigint): Channel {
    const channel = this.#channels.get(number);
    need(channel !== undefined, 'RetrievalChannels_NoChannel', number);
    return channel;
  }

  all(): [bigint, Channel][] {
    return [...this.#channels];
  }

  closesAt({ closesAt, expiry }: Channel): number {
    return closesAt === 0 ? expiry + this.params.disputeSeconds : closesAt;
  }

  burnOf(redeemed: bigint): bigint {
    return (redeemed * BigInt(this.params.burnBps) + BPS - 1n) / BPS;
  }

  paidOf(redeemed: bigint): bigint {
    return redeemed - this.burnOf(redeemed);
  }
}

/** IRetrievalChannels.open, out of the client's account by it or a session key of it. */
export function openChannel(
  market: Market,
  caller: Address,
  { client, provider, amount, expiry }: { client: Address; provider: number; amount: bigint; expiry: number },
): void {
  const { accounts, channels, clock, registry, sessions } = market;
  need(amount !== 0n, 'RetrievalChannels_ZeroAmount');
  const { operatorAccount } = registry.get(provider);
  requireExpiry(market, expiry, clock.time + channels.params.disputeSeconds);
  sessions.spend(client, caller, amount);
  const clientAccount = accounts.lock('retrievalChannels', client, amount, 0n);
  channels.add({
    client,
    provider,
    clientAccount,
    operatorAccount,
    deposit: amount,
    redeemed: 0n,
    expiry,
    closesAt: 0,
  });
}

/** IRetrievalChannels.topUp. */
export function topUpChannel(
  market: Market,
  caller: Address,
  { channel: number, amount, expiry }: { channel: bigint; amount: bigint; expiry: number },
): void {
  const { accounts, channels, clock, sessions } = market;
  const channel = channels.get(number);
  const { client, closesAt, expiry: before } = channel;
  need(closesAt === 0, 'RetrievalChannels_AlreadyClosing', number, BigInt(closesAt));
  need(clock.time < before, 'RetrievalChannels_TooLate', number, BigInt(before));
  requireExpiry(market, expiry, before);
  need(amount !== 0n || expiry !== before, 'RetrievalChannels_ZeroAmount');
  need(amount !== 0n || caller === client, 'RetrievalChannels_NotTheClient', number, caller);
  channel.deposit += amount;
  channel.expiry = expiry;
  if (amount === 0n) return;
  sessions.spend(client, caller, amount);
  accounts.lock('retrievalChannels', client, amount, 0n);
}

/** IRetrievalChannels.topUpWithPermit looks at this before it takes anything. */
export function requireClientOf(market: Market, caller: Address, number: bigint): void {
  need(market.channels.peek(number)?.client === caller, 'RetrievalChannels_NotTheClient', number, caller);
}

/** IRetrievalChannels.redeem. */
export function redeem(market: Market, voucher: Promised): void {
  const { channels, clock } = market;
  const channel = channels.get(voucher.channel);
  const closesAt = channels.closesAt(channel);
  need(clock.time < closesAt, 'RetrievalChannels_TooLate', voucher.channel, BigInt(closesAt));
  const { amount } = voucher;
  need(amount > channel.redeemed, 'RetrievalChannels_NothingNew', voucher.channel, amount, channel.redeemed);
  pay(market, channel, voucher);
}

/** IRetrievalChannels.redeemBatch: what brings nothing is passed over. */
export function redeemBatch(market: Market, vouchers: readonly Promised[]): void {
  const { channels, clock } = market;
  for (const voucher of vouchers) {
    const channel = channels.peek(voucher.channel);
    if (channel === undefined || clock.time >= channels.closesAt(channel)) continue;
    if (voucher.amount > channel.redeemed) pay(market, channel, voucher);
  }
}

/** IRetrievalChannels.close: both sides agree, each by calling or by a signature. */
export function close(market: Market, caller: Address, voucher: Promised, consent: Consent): void {
  const { accounts, registry } = market;
  const channel = closable(market, voucher);
  const operator = accounts.ownerOf(channel.operatorAccount);
  const { nodeAddress } = registry.get(channel.provider);
  if (caller !== operator && caller !== nodeAddress) {
    requireStanding(market, channel, voucher, consent);
    const signed = consent.signer === nodeAddress || market.signedBy(operator, consent.signer);
    need(signed, 'RetrievalChannels_BadProviderSignature', voucher.channel);
  }
  if (voucher.amount > channel.redeemed && caller !== channel.client) requireSigned(market, channel, voucher);
  settle(market, channel, voucher);
}

/** IRetrievalChannels.closeTogether: the client calls, the node key signed. */
export function closeTogether(market: Market, caller: Address, voucher: Promised, consent: Consent): void {
  const channel = closable(market, voucher);
  need(caller === channel.client, 'RetrievalChannels_NotTheClient', voucher.channel, caller);
  requireStanding(market, channel, voucher, consent);
  const { nodeAddress } = market.registry.get(channel.provider);
  need(consent.signer === nodeAddress, 'RetrievalChannels_BadProviderSignature', voucher.channel);
  settle(market, channel, voucher);
}

/** IRetrievalChannels.startClose. */
export function startClose(market: Market, caller: Address, number: bigint): void {
  const { channels, clock } = market;
  const channel = channels.get(number);
  need(caller === channel.client, 'RetrievalChannels_NotTheClient', number, caller);
  const isClosing = channel.closesAt !== 0 || clock.time >= channel.expiry;
  need(!isClosing, 'RetrievalChannels_AlreadyClosing', number, BigInt(channels.closesAt(channel)));
  channel.closesAt = clock.time + channels.params.disputeSeconds;
}

/** IRetrievalChannels.withdraw. */
export function withdraw(market: Market, number: bigint): void {
  const { channels, clock } = market;
  const channel = channels.get(number);
  const closesAt = channels.closesAt(channel);
  need(clock.time >= closesAt, 'RetrievalChannels_StillOpen', number, BigInt(closesAt));
  end(market, number, channel);
}

/** IEscrow.collectBurned of the contract of channels. */
export function collectBurned({ accounts, channels }: Market): void {
  need(channels.burning !== 0n, 'Escrow_ZeroAmount');
  accounts.release('retrievalChannels', BURN_ACCOUNT, channels.burning);
  channels.burning = 0n;
}

function requireExpiry({ channels }: Market, expiry: number, earliest: number): void {
  const latest = MAX_UINT32 - BigInt(channels.params.disputeSeconds);
  const fits = expiry >= earliest && BigInt(expiry) <= latest;
  need(fits, 'RetrievalChannels_BadExpiry', BigInt(expiry), BigInt(earliest), latest);
}

function requireSigned(market: Market, { client }: Channel, { channel, signer }: Promised): void {
  need(market.signedBy(client, signer), 'RetrievalChannels_BadClientSignature', channel);
}

function requireStanding(market: Market, { provider }: Channel, { channel }: Promised, { deadline }: Consent): void {
  const { clock, registry } = market;
  const stands = BigInt(clock.time) <= deadline && deadline > registry.get(provider).voidThrough;
  need(stands, 'RetrievalChannels_SignatureExpired', channel, deadline);
}

function closable({ channels }: Market, { channel: number, amount }: Promised): Channel {
  const channel = channels.get(number);
  const { deposit, redeemed } = channel;
  need(amount >= redeemed, 'RetrievalChannels_NothingNew', number, amount, redeemed);
  need(amount <= deposit, 'RetrievalChannels_AboveDeposit', number, amount, deposit);
  return channel;
}

function pay(market: Market, channel: Channel, voucher: Promised): void {
  const { amount } = voucher;
  need(amount <= channel.deposit, 'RetrievalChannels_AboveDeposit', voucher.channel, amount, channel.deposit);
  requireSigned(market, channel, voucher);
  credit(market, channel, amount);
}

/** What a voucher promises beyond what was paid goes to the provider, less what it burns in the end. */
function credit({ accounts, channels }: Market, channel: Channel, amount: bigint): void {
  const paid = channels.paidOf(amount) - channels.paidOf(channel.redeemed);
  channel.redeemed = amount;
  accounts.release('retrievalChannels', channel.operatorAccount, paid);
}

function settle(market: Market, channel: Channel, { channel: number, amount }: Promised): void {
  if (amount > channel.redeemed) credit(market, channel, amount);
  end(market, number, channel);
}

function end({ accounts, channels }: Market, number: bigint, { clientAccount, deposit, redeemed }: Channel): void {
  accounts.release('retrievalChannels', clientAccount, deposit - redeemed);
  channels.burning += channels.burnOf(redeemed);
  channels.end(number);
}
