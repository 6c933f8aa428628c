import { expect } from 'chai';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { signRetrievalContract } from '../../../node/chain/retrieval-data.ts';
import { isStowError, messageOf } from '../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import type { RetrievalContract } from '../../../node/market/messages.ts';
import { MIN_CREDIT_BYTES } from '../../../node/retrieval/limits.ts';
import {
  agreeAnswerSchema,
  agreeRequestSchema,
  decodeBody,
  decodeOffer,
  encodeBody,
  type Offer,
  payAnswerSchema,
  signedVoucherSchema,
} from '../../../node/retrieval/messages.ts';
import type { SeenChannel } from '../../../node/retrieval/seen-channels.ts';
import { drain, failureOf } from '../transfer/fixtures.ts';
import { Buyer, costOf, deployment, DISPUTE_S, MEBIBYTE, NOW_S, PRICE, PROVIDER, Shop } from './shop.ts';

describe('paid reads over real sockets', function () {
  this.timeout(30_000);
  let shop: Shop;
  let buyer: Buyer;
  beforeEach(async () => {
    shop = await Shop.open(256);
    buyer = new Buyer(shop);
  });
  afterEach(async () => {
    buyer.close();
    await shop.close();
  });

  it('are paid to the wei, by a few vouchers of a growing credit', async () => {
    let vouchers = 0;
    shop.beforePay = () => void vouchers++;
    const bytes = await buyer.read(0, 256);
    await buyer.payer.settle();
    for (const unit of [0, 1, 255])
      expect(
        Buffer.compare(bytes.subarray(unit * UNIT_BYTES, (unit + 1) * UNIT_BYTES), shop.pair.source.unit(unit)),
      ).to.equal(0);
    expect(buyer.promised).to.equal(costOf(256 * UNIT_BYTES));
    expect(shop.earned(7n)).to.equal(buyer.promised);
    expect(shop.ledger.vouchers.get(7n)?.voucher.readBytes).to.equal(BigInt(256 * UNIT_BYTES));
    expect(vouchers).to.be.within(4, 24);
    expect(shop.lookups).to.equal(1);
  });

  it('go on over the same channel and contract, and over a new one when that is spent', async () => {
    await buyer.read(0, 200);
    await buyer.read(0, 56);
    await buyer.read(0, 10);
    await buyer.payer.settle();
    expect(shop.earned(7n)).to.equal(costOf(266 * UNIT_BYTES));
  });

  it('cost nothing at a price of 0, without a question', async () => {
    shop.price = 0n;
    await buyer.read(0, 256);
    await buyer.payer.settle();
    expect([shop.earned(7n), buyer.promised, shop.lookups].map(Number)).to.deep.equal([0, 0, 0]);
  });

  it('cost nothing to whoever repairs', async () => {
    const { client, peer, source } = shop.pair;
    expect(await drain(client.readUnits(peer, source.root, 0, 64))).to.equal(64 * UNIT_BYTES);
    expect(shop.earned(7n)).to.equal(0n);
  });

  it('are refused without a contract, with the price', async () => {
    const { client, peer, source } = shop.pair;
    const refused = await failureOf(
      drain(client.readUnits(peer, source.root, 0, 1, { ticket: buyer.account.address })),
    );
    expect(refused.code).to.equal('retrieval-unpaid');
    expect(refused.exitCode).to.equal(6);
    expect(refused.message).to.include('0.000000000001000003');
  });

  it('give the list of unit roots for nothing', async () => {
    expect((await buyer.unitRoots(shop.holder)).byteLength).to.equal(256 * 32);
  });

  describe('a contract', () => {
    const agree = async (fields: Partial<RetrievalContract>, signer = buyer.account): Promise<string> => {
      const contract = buyer.contract(fields);
      const signature = await signRetrievalContract(signer, deployment, contract);
      const body = encodeBody(agreeRequestSchema, { contract, signature });
      return buyer
        .desk()
        .agree(body)
        .then(
          () => 'agreed',
          (error: unknown) => (isStowError(error) ? error.code : String(error)),
        );
    };

    it('is agreed on as it should be', async () => {
      expect(await agree({})).to.equal('agreed');
      expect(await agree({ pricePerMiB: PRICE + 1n })).to.equal('agreed');
    });

    it('is refused of another signer, channel, provider, price or time', async () => {
      const stranger = privateKeyToAccount(generatePrivateKey());
      expect(await agree({}, stranger)).to.equal('retrieval-signature-bad');
      expect(await agree({ channel: 8n })).to.equal('channel-unknown');
      expect(await agree({ pricePerMiB: PRICE - 1n })).to.equal('retrieval-price');
      expect(await agree({ deadline: BigInt(shop.nowS) })).to.equal('retrieval-contract-unfit');
      expect(await agree({ deadline: BigInt(shop.nowS + 25 * 3_600) })).to.equal('retrieval-contract-unfit');
      expect(await agree({ freeBytes: 1n })).to.equal('retrieval-allowance');
    });

    it('is refused over a channel that is being closed or has expired', async () => {
      shop.facts.set(9n, { ...shop.facts.get(7n)!, closesAt: shop.nowS + 100 });
      expect(await agree({ channel: 9n })).to.equal('channel-closing');
      shop.facts.set(10n, { ...shop.facts.get(7n)!, expiry: shop.nowS });
      expect(await agree({ channel: 10n })).to.equal('channel-closing');
    });

    for (const [what, change, code] of [
      ['is being closed', { closesAt: NOW_S + 100 }, 'channel-closing'],
      ['expired', { expiry: NOW_S }, 'channel-closing'],
      ['is closed', undefined, 'channel-unknown'],
    ] as const)
      it(`serves nothing more once its channel ${what}`, async () => {
        await buyer.read(0, 4);
        if (change === undefined) shop.facts.delete(7n);
        else shop.facts.set(7n, { ...shop.facts.get(7n)!, ...change });
        shop.look();
        const received = buyer.receivedBytes;
        expect((await failureOf(buyer.read(4, 4))).code).to.equal(code);
        expect(buyer.receivedBytes).to.equal(received);
      });

    it('serves nothing more to a read that waits for a payment while its channel begins to close', async () => {
      let paid = 0;
      shop.beforePay = () => {
        paid++;
        shop.facts.set(7n, { ...shop.facts.get(7n)!, closesAt: shop.nowS + 100 });
        shop.look();
      };
      const refused = await failureOf(buyer.read(0, 256));
      expect(refused.code).to.equal('transfer-hangup');
      // It was paid for what it had sent, and let nothing go for that.
      expect(paid).to.be.at.least(1);
      expect(buyer.receivedBytes).to.be.at.most(MIN_CREDIT_BYTES);
      await buyer.payer.settle();
      expect(shop.earned(7n)).to.equal(costOf(buyer.checkedBytes));
    });

    it('is refused, and serves nothing more, once the provider agreed to the end of its channel', async () => {
      await buyer.read(0, 4);
      shop.ledger.channels.keepConsent(7n, shop.nowS + 60);
      expect(await agree({})).to.equal('channel-closing');
      const received = buyer.receivedBytes;
      expect((await failureOf(buyer.read(4, 4))).code).to.equal('channel-closing');
      expect(buyer.receivedBytes).to.equal(received);
      shop.nowS += 61;
      expect(await agree({})).to.equal('agreed');
    });

    it('bounds what is read under it, to its shard, its client and its time', async () => {
      const { client, peer, source } = shop.pair;
      const id = await buyer.agreed({ maxBytes: BigInt(3 * UNIT_BYTES) });
      const read = async (count: number, ticket: string = buyer.account.address): Promise<number> =>
        drain(client.readUnits(peer, source.root, 0, count, { ticket, contract: id }));
      expect((await failureOf(read(4))).code).to.equal('retrieval-contract-spent');
      expect((await failureOf(read(1, shop.node.address))).code).to.equal('retrieval-contract-unfit');
      expect(await read(2)).to.equal(2 * UNIT_BYTES);
      expect((await failureOf(read(2))).code).to.equal('retrieval-contract-spent');
      shop.nowS += 3_600;
      expect((await failureOf(read(1))).code).to.equal('retrieval-contract-unfit');
    });
  });

  describe('a voucher', () => {
    const pay = async (from: Buyer, voucher: Parameters<Buyer['signed']>[0]): Promise<string> => {
      const body = encodeBody(signedVoucherSchema, await from.signed(voucher));
      return from
        .desk()
        .pay(body)
        .then(
          (answer) => String(decodeBody(payAnswerSchema, answer).last?.voucher.amount ?? 'taken'),
          (error: unknown) => (isStowError(error) ? error.code : String(error)),
        );
    };
    beforeEach(() => buyer.read(0, 1).then(() => buyer.payer.settle()));

    it('counts when it promises more, and never less; the provider shows the highest', async () => {
      const first = shop.earned(7n);
      expect(await pay(buyer, { amount: first + 100n })).to.equal('taken');
      expect(await pay(buyer, { amount: first + 50n })).to.equal(String(first + 100n));
      expect(shop.earned(7n)).to.equal(first + 100n);
    });

    it('is refused of another client, chain or contract, above the deposit, and over another channel', async () => {
      const before = shop.earned(7n);
      const stranger = new Buyer(shop, { channel: 8n });
      expect(await pay(stranger, { channel: 7n, amount: 10n ** 9n })).to.equal('retrieval-signature-bad');
      expect(await pay(stranger, { amount: 10n ** 9n })).to.equal('channel-unknown');
      expect(await pay(buyer, { amount: 10n ** 18n + 1n })).to.equal('retrieval-deposit-spent');
      const { signVoucher } = await import('../../../node/chain/retrieval-data.ts');
      const { voucher } = await buyer.signed({ amount: 10n ** 9n });
      for (const other of [
        { ...deployment, chainId: 1 },
        { ...deployment, contracts: { ...deployment.contracts, retrievalChannels: shop.node.address } },
      ]) {
        const signature = await signVoucher(buyer.account, other, voucher);
        const replayed = buyer.desk().pay(encodeBody(signedVoucherSchema, { voucher, signature }));
        expect((await failureOf(replayed)).code).to.equal('retrieval-signature-bad');
      }
      expect(shop.earned(7n)).to.equal(before);
      stranger.close();
    });

    it('signed for one channel is nothing over another of the same client', async () => {
      const other = new Buyer(shop, { account: buyer.account, channel: 8n });
      await other.read(0, 1);
      const { voucher, signature } = await buyer.signed({ amount: 10n ** 9n });
      const body = encodeBody(signedVoucherSchema, { voucher: { ...voucher, channel: 8n }, signature });
      expect((await failureOf(other.desk().pay(body))).code).to.equal('retrieval-signature-bad');
      other.close();
    });

    it('counts above the deposit that was known once the channel was topped up', async () => {
      shop.facts.set(7n, { ...shop.facts.get(7n)!, deposit: 2n * 10n ** 18n });
      expect(await pay(buyer, { amount: 10n ** 18n + 5n })).to.equal('taken');
    });

    it('counts while the channel is being closed, or has expired, and not once it can be redeemed no more', async () => {
      const open = shop.facts.get(7n)!;
      const first = shop.earned(7n);
      const payAs = async (life: Partial<SeenChannel>, nowS: number): Promise<string> => {
        shop.facts.set(7n, { ...open, ...life });
        shop.look();
        shop.nowS = nowS;
        return pay(buyer, { amount: shop.earned(7n) + 1n });
      };
      expect(await payAs({ closesAt: NOW_S + 10 }, NOW_S + 9)).to.equal('taken');
      expect(await payAs({ closesAt: NOW_S + 10 }, NOW_S + 10)).to.equal('channel-closing');
      expect(await payAs({}, open.expiry + DISPUTE_S - 1)).to.equal('taken');
      expect(await payAs({}, open.expiry + DISPUTE_S)).to.equal('channel-closing');
      expect(shop.earned(7n)).to.equal(first + 2n);
    });

    it('that is forged, or over a channel that nobody opened, has the chain asked for nothing', async () => {
      const lookups = shop.lookups;
      const stranger = new Buyer(shop, { channel: 8n });
      expect(await pay(stranger, { channel: 7n, amount: 2n ** 90n })).to.equal('retrieval-signature-bad');
      expect(await pay(stranger, { channel: 99n, amount: 2n ** 90n })).to.equal('channel-unknown');
      expect(shop.lookups).to.equal(lookups);
      expect(await pay(buyer, { amount: 2n ** 90n })).to.equal('retrieval-deposit-spent');
      expect(shop.lookups).to.equal(lookups + 1);
      stranger.close();
    });
  });

  it('that are malformed or too long are refused as such', async () => {
    const { client, peer } = shop.pair;
    expect((await failureOf(client.pay(peer, Uint8Array.of(1, 2, 3)))).code).to.equal('retrieval-malformed');
    expect((await failureOf(client.agree(peer, new Uint8Array(4_097)))).code).to.equal('transfer-too-long');
  });

  it('are never served beyond the deposit', async () => {
    shop.openChannel(7n, buyer.account, costOf(2 * MEBIBYTE));
    expect((await failureOf(buyer.read(0, 33))).code).to.equal('retrieval-deposit-spent');
    await buyer.read(0, 32);
    await buyer.payer.settle();
    expect(shop.earned(7n)).to.equal(costOf(2 * MEBIBYTE));
    expect((await failureOf(buyer.read(0, 1))).code).to.equal('retrieval-deposit-spent');
  });

  it('answer a contract that is proposed again like the first time', async () => {
    const contract = buyer.contract();
    const signature = await signRetrievalContract(buyer.account, deployment, contract);
    const body = encodeBody(agreeRequestSchema, { contract, signature });
    const [first, second] = [await buyer.desk().agree(body), await buyer.desk().agree(body)];
    expect(decodeBody(agreeAnswerSchema, first)).to.deep.equal(decodeBody(agreeAnswerSchema, second));
  });
});

describe('the offer', function () {
  this.timeout(30_000);
  let shop: Shop;
  let buyer: Buyer;
  beforeEach(async () => {
    shop = await Shop.open(256, { freeBytesPerDay: BigInt(10 * UNIT_BYTES) });
    buyer = new Buyer(shop);
  });
  afterEach(async () => {
    buyer.close();
    await shop.close();
  });
  const offered = async (from = buyer): Promise<Offer> => decodeOffer(PROVIDER, await from.desk().offer());

  it('says what is left of today, what the reader may owe, and what one contract and one reader may be for', async () => {
    expect(await offered()).to.deep.equal({
      pricePerMiB: PRICE,
      freeBytes: BigInt(10 * UNIT_BYTES),
      freeBytesPerDay: BigInt(10 * UNIT_BYTES),
      creditBytes: BigInt(MIN_CREDIT_BYTES),
      maxContractBytes: 2n ** 40n,
      maxReads: 32,
    });
    await buyer.read(0, 4);
    expect((await offered()).freeBytes).to.equal(BigInt(6 * UNIT_BYTES));
  });

  it('gives who paid more credit, by as much as it paid, also after a restart; a stranger none of it', async () => {
    await buyer.read(0, 10);
    await buyer.read(0, 64);
    await buyer.payer.settle();
    const paidBytes = (shop.earned(7n) * BigInt(MEBIBYTE)) / PRICE;
    expect(paidBytes > BigInt(3 * MEBIBYTE)).to.equal(true);
    for (const restarts of [false, true]) {
      if (restarts) shop.restart();
      const { creditBytes } = await offered();
      expect(Number(creditBytes - BigInt(MIN_CREDIT_BYTES) - paidBytes)).to.be.within(-1, 1);
    }
    const stranger = new Buyer(shop, { channel: 8n });
    expect((await offered(stranger)).creditBytes).to.equal(BigInt(MIN_CREDIT_BYTES));
    stranger.close();
  });

  it('limits a contract; a client agrees on the next by itself, and pays to the wei', async () => {
    shop.freeBytesPerDay = 0n;
    shop.maxContractBytes = BigInt(16 * UNIT_BYTES);
    shop.restart();
    for (let from = 0; from < 64; from += 8) await buyer.read(from, 8);
    await buyer.payer.settle();
    expect(shop.earned(7n)).to.equal(costOf(64 * UNIT_BYTES));
    const contract = buyer.contract({ maxBytes: shop.maxContractBytes + 1n, nonce: 99n });
    const signature = await signRetrievalContract(buyer.account, deployment, contract);
    const refused = await failureOf(buyer.desk().agree(encodeBody(agreeRequestSchema, { contract, signature })));
    expect(refused.code).to.equal('retrieval-contract-unfit');
  });

  it('keeps two reads at once from sharing the same rest of a contract, and gives back what one did not take', async () => {
    shop.freeBytesPerDay = 0n;
    shop.maxContractBytes = BigInt(12 * UNIT_BYTES);
    shop.restart();
    const { client, peer, source } = shop.pair;
    const paid = { ticket: buyer.account.address, contract: await buyer.agreed({ maxBytes: shop.maxContractBytes }) };
    const read = (count: number): AsyncGenerator<Uint8Array> => client.readUnits(peer, source.root, 0, count, paid);
    let held = Promise.withResolvers<void>();
    let begun = 0;
    source.beforeUnit = async () => {
      begun++;
      await held.promise;
    };
    const until = async (isDone: () => boolean): Promise<void> => {
      while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 5));
    };

    const cut = new AbortController();
    const cutOff = drain(client.readUnits(peer, source.root, 0, 8, { ...paid, signal: cut.signal })).catch(messageOf);
    await until(() => begun === 1);
    expect((await failureOf(drain(read(8)))).code).to.equal('retrieval-contract-spent');
    cut.abort(new Error('enough'));
    expect(await cutOff).to.equal('enough');
    // On the same connection, an answer comes after the end of that read did.
    await client.unitRoots(peer, source.root, 256, paid);
    held.resolve();
    await until(() => source.closed === 1);

    held = Promise.withResolvers<void>();
    begun = 0;
    const whole = drain(read(8));
    await until(() => begun === 1);
    held.resolve();
    expect(await whole).to.equal(8 * UNIT_BYTES);
    await until(() => source.closed === 2);
    expect(await drain(read(4))).to.equal(4 * UNIT_BYTES);
    expect((await failureOf(drain(read(1)))).code).to.equal('retrieval-contract-spent');
  });
});

describe('the free allowance', function () {
  this.timeout(30_000);
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open(64, { freeBytesPerDay: BigInt(10 * UNIT_BYTES) });
  });
  afterEach(() => shop.close());

  it('is for each client and day; the rest of it counts under the first contract', async () => {
    const [first, second] = [new Buyer(shop), new Buyer(shop, { channel: 8n })];
    await first.read(0, 4);
    await first.read(0, 8);
    await first.payer.settle();
    // Of 12 units 4 were within the allowance, and of the other 8 what was left of it: 6.
    expect(shop.earned(7n)).to.equal(costOf(2 * UNIT_BYTES));
    await second.read(0, 10);
    await second.payer.settle();
    expect(second.promised).to.equal(0n);
    shop.nowS += 86_400;
    const later = new Buyer(shop, { account: first.account, folder: first.folder });
    await later.read(0, 10);
    await later.payer.settle();
    expect(shop.earned(7n)).to.equal(costOf(2 * UNIT_BYTES));
    for (const each of [later, first, second]) each.close();
  });

  it('is not given again by a restart, and is by the next day', async () => {
    const client = new Buyer(shop);
    await client.read(0, 8);
    shop.book.flush();
    shop.restart();
    expect(decodeOffer(PROVIDER, await client.desk().offer()).freeBytes).to.equal(BigInt(2 * UNIT_BYTES));
    await client.read(0, 8);
    await client.payer.settle();
    expect(shop.earned(7n)).to.equal(costOf(6 * UNIT_BYTES));
    shop.nowS += 86_400;
    expect(decodeOffer(PROVIDER, await client.desk().offer()).freeBytes).to.equal(BigInt(10 * UNIT_BYTES));
    // A process that knows of no contract.
    const later = new Buyer(shop, { account: client.account, folder: client.folder });
    await later.read(0, 1);
    later.sent.close();
    shop.book.flush();
    const rows = [client.account.address, 'nobody'].map((reader) => shop.ledger.reads.freeReads(reader.toLowerCase()));
    expect(rows.map((row) => row?.bytes)).to.deep.equal([BigInt(UNIT_BYTES), undefined]);
    client.close();
  });

  it('is on the disk soon after, without being asked for', async () => {
    const client = new Buyer(shop);
    await client.read(0, 8);
    while (shop.ledger.reads.freeReads(client.account.address.toLowerCase()) === undefined)
      await new Promise((resolve) => setTimeout(resolve, 20));
    shop.restart();
    expect(decodeOffer(PROVIDER, await client.desk().offer()).freeBytes).to.equal(BigInt(2 * UNIT_BYTES));
    client.close();
  });
});
