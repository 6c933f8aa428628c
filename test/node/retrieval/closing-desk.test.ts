import { expect } from 'chai';

import { silentLogger } from '../../../node/core/logger.ts';
import type { Closing, SignedVoucher } from '../../../node/market/messages.ts';
import { ClosingDesk, type ClosingDeskComponents } from '../../../node/retrieval/closing-desk.ts';
import type { SeenChannel } from '../../../node/retrieval/seen-channels.ts';
import { rejection } from '../support/rejection.ts';

const CLIENT = '0x00000000000000000000000000000000000000c1';
const NOW = 1_000;

describe('the desk that agrees to the end of channels', () => {
  let consents: Map<bigint, number>;
  let kept: SignedVoucher | undefined;
  let steps: string[];
  let known: boolean;
  /** The channel as the provider saw it last, and as the chain shows it. */
  let seen: SeenChannel;
  let shown: SeenChannel;
  let synced: number;
  let parts: ClosingDeskComponents;
  let desk: ClosingDesk;

  beforeEach(() => {
    consents = new Map();
    kept = undefined;
    steps = [];
    known = true;
    shown = { client: CLIENT, deposit: 100n, redeemed: 10n, expiry: NOW + 9_000, closesAt: undefined };
    seen = shown;
    synced = 0;
    parts = {
      channels: {
        find: (channel) => (known && channel === 7n ? seen : undefined),
        sync: async () => {
          synced += 1;
          known = true;
          seen = shown;
        },
      },
      book: {
        keepConsent: (channel, until) => {
          steps.push('kept');
          consents.set(channel, until);
        },
      },
      vouchers: {
        get: () => {
          steps.push('read');
          return kept;
        },
      },
      chain: { nowS: () => NOW },
      verifyRequest: (_request, signature, client) => signature === '0x01' && client === CLIENT,
      signClosing: async ({ voucher, deadline }: Closing) => {
        steps.push('signed');
        return `0x${voucher.amount.toString(16).padStart(4, '0')}${deadline.toString(16).padStart(4, '0')}`;
      },
      logger: silentLogger,
    };
    desk = new ClosingDesk(parts);
  });

  const ask = (channel = 7n, expiry = BigInt(NOW + 600), signature: `0x${string}` = '0x01') => ({
    request: { channel, expiry },
    signature,
  });

  function voucherOf(amount: bigint): SignedVoucher {
    const voucher = { channel: 7n, amount, readBytes: 5n, firstByteMs: 6, kibPerSecond: 7 };
    return { voucher, signature: '0xab' };
  }

  it('has its consent on disk before it reads what was promised, and signs last', async () => {
    kept = voucherOf(40n);
    const answer = await desk.agree(ask());
    expect(answer).to.deep.equal({
      voucher: kept.voucher,
      voucherSignature: '0xab',
      deadline: BigInt(NOW + 900),
      signature: '0x0028076c',
    });
    expect(steps.slice(-3)).to.deep.equal(['kept', 'read', 'signed']);
    expect([...consents]).to.deep.equal([[7n, NOW + 900]]);
  });

  it('agrees to what was redeemed where nothing more was promised', async () => {
    for (const voucher of [undefined, voucherOf(10n), voucherOf(3n)]) {
      kept = voucher;
      const answer = await desk.agree(ask());
      expect([answer.voucher.amount, answer.voucherSignature]).to.deep.equal([10n, undefined]);
    }
  });

  it('looks at the chain before it says that it knows no such channel', async () => {
    known = false;
    await desk.agree(ask());
    expect(synced).to.equal(2);
    expect((await rejection(desk.agree(ask(8n)))).code).to.equal('close-channel-unknown');
  });

  it('refuses what its client did not sign, what is late, and what no contract would take', async () => {
    kept = voucherOf(40n);
    expect((await rejection(desk.agree(ask(7n, BigInt(NOW + 600), '0x02')))).code).to.equal('close-signature-bad');
    for (const expiry of [NOW, NOW - 5, NOW + 901])
      expect((await rejection(desk.agree(ask(7n, BigInt(expiry))))).code).to.equal('close-expired');
    expect(consents.size).to.equal(0);
    kept = voucherOf(101n);
    expect((await rejection(desk.agree(ask()))).code).to.equal('close-above-deposit');
    expect(consents.size, 'what it refuses, it does not note').to.equal(0);
  });

  it('goes by what stands behind the channel now, and by what was redeemed meanwhile', async () => {
    shown = { ...shown, deposit: 200n, redeemed: 60n };
    kept = voucherOf(150n);
    expect((await desk.agree(ask())).voucher.amount).to.equal(150n);
    seen = { ...shown, redeemed: 10n };
    kept = voucherOf(50n);
    expect((await desk.agree(ask())).voucher.amount).to.equal(60n);
  });

  it('does not agree to the end of a channel that is closed meanwhile, nor asks the chain for whoever did not sign', async () => {
    expect((await rejection(desk.agree(ask(7n, BigInt(NOW + 600), '0x02')))).code).to.equal('close-signature-bad');
    expect(synced).to.equal(0);
    desk = new ClosingDesk({
      ...parts,
      channels: { ...parts.channels, sync: async () => void (known = false) },
    });
    expect((await rejection(desk.agree(ask()))).code).to.equal('close-channel-unknown');
    expect(consents.size).to.equal(0);
  });
});
