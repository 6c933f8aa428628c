import { setTimeout } from 'node:timers/promises';

import { expect } from 'chai';

import { signRetrievalContract } from '../../../node/chain/retrieval-data.ts';
import { isStowError } from '../../../node/core/errors.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { Credit } from '../../../node/retrieval/credit.ts';
import { MIN_CREDIT_BYTES } from '../../../node/retrieval/limits.ts';
import {
  agreeAnswerSchema,
  agreeRequestSchema,
  decodeBody,
  encodeBody,
  signedVoucherSchema,
} from '../../../node/retrieval/messages.ts';
import { READ_BLOCK_BYTES } from '../../../node/transfer/limits.ts';
import { failureOf, startProxy } from '../transfer/fixtures.ts';
import { Buyer, costOf, deployment, MEBIBYTE, PRICE, Shop } from './shop.ts';

const UNITS = 512;
/** Token wei of what somebody who never paid may owe. */
const LEAST_CREDIT = costOf(MIN_CREDIT_BYTES);

/** What may be owed after so much was paid. */
function creditAfter(paid: bigint): bigint {
  return new Credit(paid).limit(PRICE);
}

/** Well below what a provider waits for a payment. */
const AT_ONCE_MS = 2_000;
/** How long a provider waits in vain. */
const IMPATIENT_MS = 500;

/** What was sent, as the provider counts it: what a client is told that comes after a crash. */
async function servedBy(shop: Shop, { account, channel }: Buyer): Promise<bigint> {
  const watcher = new Buyer(shop, { account, channel });
  const contract = watcher.contract({ nonce: 2n ** 60n });
  const signature = await signRetrievalContract(account, deployment, contract);
  const answer = await watcher.desk().agree(encodeBody(agreeRequestSchema, { contract, signature }));
  watcher.close();
  return decodeBody(agreeAnswerSchema, answer).due;
}

describe('paid reads that break off', function () {
  // A request that a cut connection swallowed is given up after 30 seconds, and tried again.
  this.timeout(180_000);
  let shop: Shop;
  let buyer: Buyer;
  beforeEach(async () => {
    shop = await Shop.open(UNITS);
    buyer = new Buyer(shop);
  });
  afterEach(async () => {
    buyer.close();
    await shop.close();
  });

  // Steps of the client: after block n it stops, without paying for what it has.
  for (const blocks of [1, 2, 3, 4, 5, 9, 17, 33, 65, 100])
    it(`by the client, which never pays again after block ${blocks}: the provider loses at most one window`, async () => {
      const stop = new AbortController();
      let seen = 0;
      buyer.beforeSign = () => (stop.signal.aborted ? Promise.reject(new Error('gone')) : undefined);
      buyer.beforeBlock = () => {
        if (++seen === blocks) stop.abort(new Error('enough'));
      };
      await buyer.read(0, UNITS, stop.signal).catch(() => undefined);
      const paid = shop.earned(7n);
      const owed = (await servedBy(shop, buyer)) - paid;
      expect(owed <= creditAfter(paid), `${owed} of ${creditAfter(paid)}`).to.equal(true);
      expect(paid <= costOf(buyer.checkedBytes)).to.equal(true);
    });

  it('by a client that pays for nothing at all: it gets one least window, and then nothing however often it asks', async () => {
    shop.clock.patienceMs = IMPATIENT_MS;
    buyer.beforeSign = () => Promise.reject(new Error('never'));
    const reading = buyer.read(0, UNITS).catch((error: unknown) => error);
    await reading;
    for (let tries = 0; tries < 3; tries++) {
      const again = buyer.read(0, 16).catch((error: unknown) => error);
      await again;
    }
    expect(buyer.receivedBytes).to.be.at.most(MIN_CREDIT_BYTES);
    expect((await servedBy(shop, buyer)) <= LEAST_CREDIT).to.equal(true);
    expect(shop.earned(7n)).to.equal(0n);
  });

  it('by a client that pays for nothing, and a restart of the provider: it gets nothing more for that', async () => {
    shop.clock.patienceMs = IMPATIENT_MS;
    buyer.beforeSign = () => Promise.reject(new Error('never'));
    await buyer.read(0, 64).catch((error: unknown) => error);
    const owed = await servedBy(shop, buyer);
    expect(owed).to.equal(LEAST_CREDIT);
    while (shop.ledger.reads.debt(7n) === undefined) await setTimeout(20);
    shop.restart();
    expect(await servedBy(shop, buyer)).to.equal(owed);
    const received = buyer.receivedBytes;
    await buyer.read(0, 16).catch((error: unknown) => error);
    expect(buyer.receivedBytes).to.equal(received);
    // It is forgiven as soon as it is paid.
    buyer.beforeSign = () => undefined;
    await buyer.read(0, 16);
    await buyer.payer.settle();
    expect(shop.earned(7n)).to.equal(owed + costOf(16 * UNIT_BYTES));
  });

  it('by a client that stopped paying, and a restart: what it paid before does not count for its credit again', async () => {
    await buyer.read(0, 128);
    await buyer.payer.settle();
    shop.clock.patienceMs = IMPATIENT_MS;
    buyer.beforeSign = () => Promise.reject(new Error('no more'));
    await buyer.read(128, 384).catch((error: unknown) => error);
    buyer.beforeSign = () => undefined;
    await buyer.payer.settle();
    while (shop.ledger.reads.debt(7n)?.discounted === undefined) await setTimeout(20);
    shop.restart();
    buyer.beforeSign = () => Promise.reject(new Error('no more'));
    const before = buyer.receivedBytes;
    await buyer.read(0, 384).catch((error: unknown) => error);
    // What was paid before it stopped earns nothing any more.
    const { discounted } = shop.ledger.reads.debt(7n)!;
    expect(discounted >= costOf(128 * UNIT_BYTES)).to.equal(true);
    const credit = LEAST_CREDIT + shop.earned(7n) - discounted;
    expect(costOf(buyer.receivedBytes - before) <= credit).to.equal(true);
  });

  it('by a client that hangs up while it is waited for: its place is free at once, and it keeps its credit', async () => {
    await buyer.read(0, 128);
    await buyer.payer.settle();
    // The line on which it pays is down. All of its credit is used up, by bytes that it has.
    buyer.beforeSign = () => Promise.reject(new Error('down'));
    const gone = new AbortController();
    const reading = buyer.read(128, 384, gone.signal).catch((error: unknown) => error);
    const owed = costOf(128 * UNIT_BYTES) + creditAfter(shop.earned(7n));
    while ((await servedBy(shop, buyer)) < owed - costOf(READ_BLOCK_BYTES)) await setTimeout(20);
    const second = buyer.read(0, 4, gone.signal).catch((error: unknown) => error);
    while (shop.clock.waiting < 2) await setTimeout(5);
    const received = buyer.receivedBytes;
    gone.abort(new Error('enough'));
    const cutAt = performance.now();
    await Promise.all([reading, second]);
    while (shop.clock.waiting > 0) await setTimeout(5);
    expect(performance.now() - cutAt).to.be.below(AT_ONCE_MS);
    expect(received).to.equal(buyer.receivedBytes);

    buyer.beforeSign = () => undefined;
    await buyer.payer.settle();
    buyer.beforeSign = () => Promise.reject(new Error('no more'));
    shop.clock.patienceMs = IMPATIENT_MS;
    const before = buyer.receivedBytes;
    await buyer.read(0, 384).catch((error: unknown) => error);
    expect(buyer.receivedBytes - before, 'it has more credit than a stranger').to.be.above(MIN_CREDIT_BYTES);
  });

  it('by a client that stops after it paid a while: its next window is the least again', async () => {
    await buyer.read(0, 128);
    await buyer.payer.settle();
    shop.clock.patienceMs = IMPATIENT_MS;
    buyer.beforeSign = () => Promise.reject(new Error('no more'));
    const reading = buyer.read(128, 256).catch((error: unknown) => error);
    await reading;
    const paid = shop.earned(7n);
    expect(paid).to.equal(costOf(128 * UNIT_BYTES));
    const owed = (await servedBy(shop, buyer)) - paid;
    expect(owed <= creditAfter(paid)).to.equal(true);
    expect(owed > LEAST_CREDIT, 'it had more credit than a stranger').to.equal(true);
    // What it owes is more than the least window: nothing more until it pays.
    const received = buyer.receivedBytes;
    const again = buyer.read(0, 4).catch((error: unknown) => error);
    await again;
    expect(buyer.receivedBytes).to.equal(received);
  });

  for (const vouchers of [1, 2, 3, 5])
    it(`by the provider, which takes voucher ${vouchers} and sends nothing more: the client has paid only for what it checked`, async () => {
      let paid = 0;
      const stop = new AbortController();
      shop.afterPay = () => {
        if (++paid === vouchers) stop.abort(new Error('the provider is gone'));
      };
      shop.pair.source.beforeUnit = () => {
        if (stop.signal.aborted) throw stop.signal.reason;
      };
      await buyer.read(0, UNITS).catch(() => undefined);
      await buyer.payer.settle();
      expect(buyer.promised <= costOf(buyer.checkedBytes)).to.equal(true);
      expect(shop.earned(7n)).to.equal(buyer.promised);
    });

  for (const unit of [0, 3, 4, 21, 100])
    it(`by wrong bytes in unit ${unit}: nothing is paid for them, nor for what came after`, async () => {
      shop.pair.source.change = (index, bytes) => {
        if (index === unit) bytes[1_000]! ^= 1;
      };
      expect((await failureOf(buyer.read(0, UNITS))).code).to.equal('shard-corrupt');
      await buyer.payer.settle();
      expect(buyer.promised <= costOf(unit * UNIT_BYTES)).to.equal(true);
      expect(shop.earned(7n)).to.equal(buyer.promised);
    });

  for (const step of ['before the voucher is kept', 'after it is kept, before the answer'] as const)
    it(`by kill -9 of the provider ${step}: it has every voucher that it served for`, async () => {
      shop.clock.patienceMs = IMPATIENT_MS;
      let at = 0;
      const crash = (): void => {
        if (++at !== 3) return;
        shop.restart();
        throw new Error('killed');
      };
      if (step === 'before the voucher is kept') shop.beforePay = crash;
      else shop.afterPay = crash;
      await buyer.read(0, UNITS).catch(() => undefined);
      const kept = shop.earned(7n);
      await buyer.read(0, 64);
      await buyer.payer.settle();
      expect(shop.earned(7n) >= kept).to.equal(true);
      expect(buyer.promised <= costOf(buyer.checkedBytes)).to.equal(true);
      expect(shop.earned(7n)).to.equal(buyer.promised);
    });

  for (const step of [
    'before it promises',
    'between the promise and the voucher',
    'after the voucher was taken',
  ] as const)
    it(`by kill -9 of the client ${step}: the next run promises neither less nor twice`, async () => {
      const killed = new AbortController();
      const gone = (): void => {
        if (killed.signal.aborted) throw new Error('killed');
      };
      let at = 0;
      const { sent } = buyer;
      const raise = sent.raise.bind(sent);
      sent.raise = (...given) => {
        gone();
        if (step === 'before it promises' && ++at === 3) killed.abort(new Error('killed'));
        gone();
        return raise(...given);
      };
      buyer.beforeSign = () => {
        gone();
        if (step === 'between the promise and the voucher' && ++at === 3) killed.abort(new Error('killed'));
        gone();
      };
      shop.afterPay = () => {
        if (step === 'after the voucher was taken' && ++at === 3) killed.abort(new Error('killed'));
      };
      await buyer.read(0, UNITS, killed.signal).catch(() => undefined);
      const [promised, checked] = [buyer.promised, buyer.checkedBytes];
      buyer.sent.close();
      buyer = new Buyer(shop, { account: buyer.account, folder: buyer.folder });
      expect(buyer.promised).to.equal(promised);
      shop.afterPay = () => undefined;
      shop.clock.patienceMs = IMPATIENT_MS;
      const reading = buyer.read(0, 64);
      await reading;
      await buyer.payer.settle();
      expect(shop.earned(7n)).to.equal(buyer.promised);
      // What it gave up for bytes that never came to be checked is one window at most.
      const most = costOf(checked + buyer.checkedBytes) + creditAfter(promised);
      expect(buyer.promised <= most, `${buyer.promised} of ${most}`).to.equal(true);
      expect(buyer.promised >= promised + costOf(64 * UNIT_BYTES)).to.equal(true);
    });

  it('by a line on which no voucher leaves until the credit is used up, and the end of the client: the next run pays what was promised, and goes on', async () => {
    shop.clock.patienceMs = IMPATIENT_MS;
    buyer.beforeSign = () => Promise.reject(new Error('the line is down'));
    await buyer.read(0, 64).catch(() => undefined);
    await buyer.payer.settle();
    const promised = buyer.promised;
    expect(promised).to.equal(costOf(MIN_CREDIT_BYTES));
    expect(shop.earned(7n)).to.equal(0n);
    buyer.sent.close();
    buyer = new Buyer(shop, { account: buyer.account, folder: buyer.folder });
    await buyer.read(0, 64);
    await buyer.payer.settle();
    expect(shop.earned(7n)).to.equal(promised + costOf(64 * UNIT_BYTES));
    expect(buyer.promised).to.equal(shop.earned(7n));
  });

  it('by a connection that is cut: both go on over another, and neither loses more than a window', async () => {
    shop.clock.patienceMs = IMPATIENT_MS;
    const proxy = await startProxy(shop.pair.peer.address);
    const direct = shop.pair.peer.address;
    shop.pair.peer.address = { host: '127.0.0.1', port: proxy.port };
    let blocks = 0;
    buyer.beforeBlock = () => {
      if (++blocks === 20) proxy.cut();
    };
    // Node can lose a reset that meets a write under TLS, and reads no more then: what moves nothing for a while is given up.
    expect((await failureOf(buyer.read(0, UNITS))).code).to.be.oneOf(['transfer-hangup', 'transfer-stalled']);
    shop.pair.peer.address = direct;
    const checked = buyer.checkedBytes;
    const reading = buyer.read(0, 64);
    await reading;
    await buyer.payer.settle();
    expect(buyer.promised <= costOf(checked + 64 * UNIT_BYTES) + creditAfter(costOf(checked))).to.equal(true);
    expect(shop.earned(7n)).to.equal(buyer.promised);
    await proxy.stop();
  });

  it('by a provider that makes up what is owed: the client gives up one window over the life of a channel, and no more', async () => {
    await buyer.read(0, 16);
    await buyer.payer.settle();
    const honest = buyer.promised;
    const codes = new Set<string>();
    for (let round = 0; round < 8; round++) {
      // It says that it sent what it never sent, and serves nothing until it is paid.
      shop.claimed = costOf(MEBIBYTE);
      await buyer.read(0, 4).then(
        () => codes.add('served'),
        (error: unknown) => codes.add(isStowError(error) ? error.code : String(error)),
      );
      await buyer.payer.settle();
    }
    await buyer.payer.settle();
    const conceded = buyer.promised - costOf(buyer.checkedBytes);
    expect(honest).to.equal(costOf(16 * UNIT_BYTES));
    expect(conceded > 0n && conceded <= creditAfter(costOf(buyer.checkedBytes)), `${conceded}`).to.equal(true);
    expect([...codes]).to.include('retrieval-disputed');
  });

  it('say nothing new: vouchers hold what the provider needs, and no byte was served before they were on disk', async () => {
    const kept: bigint[] = [];
    const seen: bigint[] = [];
    shop.beforePay = (body) => void seen.push(decodeBody(signedVoucherSchema, body).voucher.amount);
    shop.afterPay = () => void kept.push(shop.earned(7n));
    await buyer.read(0, UNITS);
    await buyer.payer.settle();
    expect(kept).to.deep.equal(seen);
  });
});
