import { expect } from 'chai';

import { StowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import type { SignedVoucher } from '../../../../node/market/messages.ts';
import type { PaidChannel } from '../../../../node/provider/ledger/channels.ts';
import type { PendingVoucher } from '../../../../node/provider/ledger/vouchers.ts';
import { Redeemer, type RedeemerInit } from '../../../../node/provider/retrieval/redeemer.ts';
import { FakeChainClock } from '../fakes.ts';

const DISPUTE_S = 10;
/** Of the block at which the clock stands: block 10. */
const NOW = 1_000_010;
const COIN = 10n ** 18n;

describe('Redeemer', () => {
  const channels = new Map<bigint, PaidChannel>();
  const vouchers: SignedVoucher[] = [];
  let sent: bigint[][];
  let refused: Set<bigint>;
  let gasPrice: bigint;
  let duePeriod: number | undefined;
  let clock: FakeChainClock;
  let redeemer: Redeemer;

  beforeEach(() => {
    channels.clear();
    vouchers.length = 0;
    sent = [];
    refused = new Set();
    gasPrice = 1n;
    duePeriod = undefined;
    clock = new FakeChainClock(10);
  });
  afterEach(async () => redeemer.stop());

  function owe(channel: bigint, amount: bigint, over: Partial<PaidChannel> = {}): void {
    const row = { channel, client: '0x01', deposit: 1_000n, redeemed: 0n, expiry: NOW + 1_000 } as const;
    channels.set(channel, { ...row, closesAt: undefined, closed: false, ...over });
    const voucher = { channel, amount, readBytes: 1n, firstByteMs: 1, kibPerSecond: 1 };
    const known = vouchers.findIndex((signed) => signed.voucher.channel === channel);
    vouchers.splice(known === -1 ? vouchers.length : known, 1, { voucher, signature: '0x' });
  }

  /** As the ledger has it. */
  function pending(): PendingVoucher[] {
    return vouchers.flatMap((signed) => {
      const channel = channels.get(signed.voucher.channel);
      if (channel === undefined || signed.voucher.amount <= channel.redeemed) return [];
      return [{ channel, signed, amount: signed.voucher.amount - channel.redeemed }];
    });
  }

  function begin(init: Partial<RedeemerInit> = {}): void {
    redeemer = new Redeemer(
      {
        chain: {
          gasPrice: async () => gasPrice,
          redeem: async (batch) => {
            sent.push(batch.map(({ voucher }) => voucher.channel));
            const bad = batch.find(({ voucher }) => refused.has(voucher.channel));
            if (bad !== undefined) {
              throw new StowError({ code: 'retrieval-channels-bad-client-signature', message: 'denied' });
            }
            for (const { voucher } of batch)
              channels.set(voucher.channel, { ...channels.get(voucher.channel)!, redeemed: voucher.amount });
            return {} as never;
          },
        },
        chainClock: clock,
        vouchers: { pending },
        mirror: { sync: async () => undefined },
        prover: {
          get duePeriod() {
            return duePeriod;
          },
        },
        logger: silentLogger,
      },
      { disputeSeconds: DISPUTE_S, redeemAbove: 100n, ...init },
    );
    redeemer.start();
  }

  it('waits until what is promised is worth it together, then redeems all of it at once, once', async () => {
    owe(1n, 60n);
    owe(2n, 39n);
    begin();
    await clock.mineTo(12);
    expect(sent).to.deep.equal([]);
    owe(3n, 1n);
    await clock.mineTo(15);
    expect(sent).to.deep.equal([[1n, 2n, 3n]]);
    vouchers.push({ ...vouchers[0]!, voucher: { ...vouchers[0]!.voucher, amount: 160n } });
    await clock.mineTo(16);
    expect(sent.at(-1)).to.deep.equal([1n]);
  });

  it('weighs them by their gas where it is told what a coin is worth', async () => {
    // 80,000 gas for both at half a token wei each, 20 times over: 800,000.
    owe(1n, 500_000n);
    owe(2n, 299_999n);
    gasPrice = 5n;
    begin({ tokensPerCoin: COIN / 10n });
    await clock.mineTo(12);
    expect(sent, 'a wei too little').to.deep.equal([]);
    owe(2n, 300_000n);
    gasPrice = 6n;
    await clock.mineTo(13);
    expect(sent, 'gas is dearer').to.deep.equal([]);
    gasPrice = 5n;
    await clock.mineTo(14);
    expect(sent).to.deep.equal([[1n, 2n]]);
  });

  it('redeems what ends for no less than its gas', async () => {
    // 56,000 gas at half a token wei each.
    owe(1n, 27_999n, { closesAt: NOW + 100 });
    gasPrice = 5n;
    begin({ tokensPerCoin: COIN / 10n });
    await clock.mineTo(12);
    expect(sent).to.deep.equal([]);
    owe(1n, 28_000n, { closesAt: NOW + 100 });
    await clock.mineTo(13);
    expect(sent).to.deep.equal([[1n]]);
  });

  it('does not wait where a channel ends: its client closes it, or it expires within a dispute window', async () => {
    owe(1n, 1n, { closesAt: NOW + 5 });
    owe(2n, 1n, { expiry: NOW + DISPUTE_S });
    owe(3n, 1n, { expiry: NOW + DISPUTE_S + 3 });
    owe(4n, 1n, { expiry: NOW - DISPUTE_S + 1 });
    begin();
    await clock.mineTo(11);
    expect(sent).to.deep.equal([[1n, 2n, 4n]]);
    await clock.mineTo(13);
    expect(sent.slice(1)).to.deep.equal([[3n]]);
  });

  it('lets a proof go first, but not where a channel ends', async () => {
    duePeriod = 1;
    owe(1n, 500n);
    owe(2n, 1n, { closesAt: NOW + 5 });
    begin();
    await clock.mineTo(13);
    expect(sent).to.deep.equal([[2n]]);
    duePeriod = undefined;
    await clock.mineTo(14);
    expect(sent.slice(1)).to.deep.equal([[1n]]);
  });

  it('leaves what is not worth its gas, what is too late, and what nobody opened', async () => {
    owe(1n, 500n, { closesAt: NOW });
    owe(2n, 500n, { closed: true });
    owe(3n, 5n, { closesAt: NOW + 5 });
    vouchers.push({ ...vouchers[0]!, voucher: { ...vouchers[0]!.voucher, channel: 9n, amount: 1_000n } });
    gasPrice = 1n;
    begin({ tokensPerCoin: COIN });
    await clock.mineTo(14);
    expect(sent).to.deep.equal([]);
  });

  it('pays the others where the contract refuses one, and tries that one again only once something changed', async () => {
    for (const channel of [1n, 2n, 3n, 4n, 5n]) owe(channel, 50n);
    refused.add(2n);
    begin();
    await clock.mineTo(14);
    expect(sent).to.deep.equal([[1n, 2n, 3n, 4n, 5n], [1n, 2n, 3n], [1n, 2n], [1n], [2n], [3n], [4n, 5n]]);
    refused.clear();
    channels.set(2n, { ...channels.get(2n)!, deposit: 2_000n, closesAt: NOW + 100 });
    await clock.mineTo(15);
    expect(sent.slice(7)).to.deep.equal([[2n]]);
  });

  it('takes a hundred in a transaction', async () => {
    for (let channel = 1n; channel <= 250n; channel++) owe(channel, 1n);
    begin();
    await clock.mineTo(12);
    expect(sent.map(({ length }) => length)).to.deep.equal([100, 100, 50]);
  });
});
