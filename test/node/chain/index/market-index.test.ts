import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import fc from 'fast-check';

import type { ChannelRow } from '../../../../node/chain/market-index.ts';
import type { SqlMarketIndex } from '../../../../node/chain/index/sql-market-index.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { rejection } from '../../support/rejection.ts';
import { forEachBackend, openAt, type TestPlace } from './backends.ts';
import { addressOf, askPosted, batchOf, digestOf, enrolled, event, type EventSpec } from './events.ts';

const WRITER = fileURLToPath(new URL('endless-writer.ts', import.meta.url));
const CLIENT = addressOf('client');

const filled = (provider: number, askId: bigint, unitsLeft: number): EventSpec =>
  event('orderBook', 'AskFilled', { askId, provider, units: 1, unitsLeft });

function formed(provider: number, place: number): EventSpec {
  return event('agreements', 'AgreementFormed', {
    id: (BigInt(provider) << 32n) | BigInt(place),
    client: CLIENT,
    provider,
    startPeriod: 5,
    burned: 3n,
    agreement: {
      client: CLIENT,
      provider,
      objectKey: digestOf(`object ${place}`),
      shardIndex: 0,
      shardRoot: digestOf(`root ${place}`),
      units: 2,
      pricePerUnitPeriod: 7n,
      periods: 9,
      collateral: 40n,
      askId: 1n,
      bidId: 0n,
      nonce: 1n,
      deadline: 99n,
    },
  } as never);
}

const proven = (provider: number, period: number): EventSpec =>
  event('possessionProofs', 'PeriodProven', { provider, period, submitter: CLIENT, rent: 12n });

const READER = addressOf('reader');

function shared(object: number, envelope: `0x${string}` = '0x01', until = 1_000): EventSpec {
  return event('catalog', 'Shared', {
    owner: CLIENT,
    reader: READER,
    objectKey: digestOf(`object ${object}`),
    until,
    envelope,
  });
}

const unshared = (object: number): EventSpec =>
  event('catalog', 'Unshared', { owner: CLIENT, reader: READER, objectKey: digestOf(`object ${object}`) });

const opened = (channel: bigint, provider: number, client = CLIENT): EventSpec =>
  event('retrievalChannels', 'ChannelOpened', { channel, client, provider, amount: 100n, expiry: 5_000 });

/** @param total token wei that were redeemed so far */
function redeemed(channel: bigint, provider: number, total: bigint): EventSpec {
  const receipt = { readBytes: total * 1_024n, firstByteMs: 30, kibPerSecond: 13 };
  return event('retrievalChannels', 'VoucherRedeemed', {
    channel,
    provider,
    total,
    paid: total,
    ...receipt,
  });
}

/** As `redeemed`, and the channel is over. */
function settled(channel: bigint, total: bigint): EventSpec {
  const receipt = { readBytes: total * 1_024n, firstByteMs: 30, kibPerSecond: 13 };
  return event('retrievalChannels', 'ChannelSettled', { channel, total, refunded: 100n - total, ...receipt });
}

/** All rows, with the marks only where they matter. */
async function everything(index: SqlMarketIndex): Promise<unknown[]> {
  const providers = await index.providersPage(0, 1_000);
  const ids = providers.map(({ id }) => id);
  return [
    providers,
    ...(await Promise.all([
      index.asksOf(ids),
      ...ids.map(async (id) => index.agreementsOfProvider(id)),
      index.agreementsOfClient(CLIENT),
      index.objectsOf(CLIENT),
      index.openAudits(),
      index.openDemands(),
      index.sharesOf(CLIENT),
      index.channelsOfClient(CLIENT),
    ])),
  ];
}

forEachBackend(
  (name) => `the index in ${name}`,
  (backend) => {
    let place: TestPlace;
    beforeEach(async () => {
      place = await backend.newPlace();
    });
    const setUp = [
      ...enrolled(1),
      ...enrolled(2),
      askPosted({ provider: 1, askId: 1n }),
      askPosted({ provider: 2, askId: 2n ** 63n + 5n }),
    ];

    it('is there again after a restart, and goes on from its mark', async () => {
      const first = await openAt(place);
      await first.apply(batchOf(1n, 20n, setUp), 10n - 128n);
      const [before, marks] = [await everything(first), await first.marks()];
      await first.close();
      await using second = await openAt(place);
      expect(await everything(second)).to.deep.equal(before);
      expect(await second.marks()).to.deep.equal(marks);
      expect([...(await second.asks([2n ** 63n + 5n])).keys()]).to.deep.equal([2n ** 63n + 5n]);
      await second.apply(batchOf(21n, 22n, [filled(1, 1n, 3)]), 0n);
      expect((await second.asks([1n])).get(1n)?.ask.unitsLeft).to.equal(3);
    });

    it('rolls back after a restart, as deep as its floor, and not deeper', async () => {
      const first = await openAt(place);
      await first.apply(batchOf(1n, 20n, setUp), 20n);
      const atFloor = await everything(first);
      await first.apply(batchOf(21n, 30n, [formed(1, 0), filled(1, 1n, 3), proven(1, 5)]), 20n);
      const between = await everything(first);
      await first.apply(batchOf(31n, 40n, [formed(1, 1), filled(1, 1n, 2), proven(1, 6), ...enrolled(3)]), 20n);
      await first.close();
      await using second = await openAt(place);
      await second.rollback(30n);
      expect(await everything(second)).to.deep.equal(between);
      await second.rollback(20n);
      expect(await everything(second)).to.deep.equal(atFloor);
      expect(await second.block()).to.equal(20n);
      await second.rollback(19n);
      expect([await second.block(), await second.providerCount()]).to.deep.equal([undefined, 0]);
    });

    it('has the rows of the events that stand, whatever was taken back', async () => {
      const step = fc.record({
        back: fc.nat(4),
        events: fc.array(fc.tuple(fc.nat(11), fc.integer({ min: 1, max: 2 }), fc.nat(50)), { maxLength: 6 }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
          await using index = await openAt(await backend.scratch());
          let kept: EventSpec[][] = [setUp];
          let agreements = 0;
          await index.apply(batchOf(1n, 10n, setUp), 0n);
          for (const { back, events } of steps) {
            const depth = Math.min(back, kept.length - 1);
            if (depth > 0) {
              kept = kept.slice(0, -depth);
              await index.rollback(BigInt(kept.length * 10));
            }
            const known = new Set(kept.flat().flatMap(({ args }) => ('askId' in args ? [args.askId] : [])));
            let channels = BigInt(kept.flat().filter(({ name }) => name === 'ChannelOpened').length);
            const specs = events.flatMap(([kind, provider, n]): EventSpec[] => {
              const askId = BigInt(1_000 + n);
              if (kind === 0) return [formed(provider, agreements++)];
              if (kind === 1) return [proven(provider, n)];
              if (kind === 2) return [event('collateral', 'Staked', { provider, from: CLIENT, amount: BigInt(n) })];
              if (kind === 3) return [event('reputation', 'ClientCounted', { provider, clientAccount: n, period: n })];
              if (kind === 7)
                return [shared(n), event('catalog', 'KeyPublished', { owner: CLIENT, key: digestOf('key') })];
              if (kind === 8) return [shared(n, '0x02', n), unshared(n)];
              if (kind === 9) return [opened(++channels, provider)];
              if (kind === 10) return channels === 0n ? [] : [redeemed(channels, provider, BigInt(n))];
              if (kind === 11) return channels === 0n ? [] : [settled(channels, BigInt(n))];
              if (kind === 4 && known.has(askId)) {
                known.delete(askId);
                return [event('orderBook', 'AskCancelled', { askId, provider })];
              }
              if (kind === 5 && known.has(askId)) return [filled(provider, askId, n)];
              known.add(askId);
              return [askPosted({ provider, askId, pricePerUnitPeriod: BigInt(n) * 2n ** 57n })];
            });
            // An ask that was cancelled is not known any more to the next stretch.
            const cancelled = new Set(
              specs.flatMap(({ name, args }) => (name === 'AskCancelled' && 'askId' in args ? [args.askId] : [])),
            );
            const usable = cancelled.size === 0 ? specs : specs.filter(({ name }) => name !== 'AskCancelled');
            await index.apply(batchOf(BigInt(kept.length * 10 + 1), BigInt(kept.length * 10 + 10), usable), 0n);
            kept.push(usable);
          }
          await using fresh = await openAt(await backend.scratch());
          for (const [at, specs] of kept.entries())
            await fresh.apply(batchOf(BigInt(at * 10 + 1), BigInt(at * 10 + 10), specs), 0n);
          expect(await everything(index)).to.deep.equal(await everything(fresh));
          expect(await index.marks()).to.deep.equal(await fresh.marks());
        }),
        { numRuns: backend.examples },
      );
    });

    it('is whole after a kill -9, whenever it came', async () => {
      const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
      const writer = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, JSON.stringify(place)], {
        stdio,
      });
      await once(writer.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 150));
      writer.kill('SIGKILL');
      await once(writer, 'exit');
      await using index = await openAt(place);
      const last = (await index.block()) ?? 0n;
      expect(last > 0n).to.equal(true);
      // The writer enrols one provider in each block.
      expect(BigInt(await index.providerCount())).to.equal(last);
      await index.apply(batchOf(last + 1n, last + 1n, enrolled(Number(last) + 1)), 0n);
    });

    it('takes a stretch once, however many processes read it', async () => {
      await using one = await openAt(place);
      await using other = await openAt(place);
      await one.apply(batchOf(1n, 20n, setUp), 0n);
      await other.apply(batchOf(1n, 20n, setUp), 0n);
      await one.apply(batchOf(21n, 22n, [proven(1, 5)]), 0n);
      await other.apply(batchOf(21n, 22n, [proven(1, 5)]), 0n);
      for (const index of [one, other]) expect((await index.provider(1))?.provenPeriods).to.equal(1);
      await other.rollback(20n);
      expect(await one.block()).to.equal(20n);
    });

    it('finds what is shared by owner, object and reader, and knows what was taken back', async () => {
      await using index = await openAt(place);
      const EVERYBODY = '0x0000000000000000000000000000000000000000';
      const other = event('catalog', 'Shared', {
        owner: READER,
        reader: EVERYBODY,
        objectKey: digestOf('object 1'),
        until: 2 ** 40 - 1,
        envelope: `0x${'ab'.repeat(8_192)}`,
      });
      await index.apply(batchOf(1n, 20n, [shared(1), shared(2), other]), 0n);
      const keys = async (
        rows: Promise<{ objectKey: string; takenBack: boolean; until: number }[]>,
      ): Promise<unknown[]> => (await rows).map(({ objectKey, takenBack, until }) => [objectKey, takenBack, until]);
      const [one, two] = [digestOf('object 1'), digestOf('object 2')];
      expect(await keys(index.sharesOf(CLIENT))).to.deep.equal([
        [one, false, 1_000],
        [two, false, 1_000],
      ]);
      expect(await keys(index.sharesWith(READER))).to.deep.equal([
        [two, false, 1_000],
        [one, false, 1_000],
      ]);
      expect(await keys(index.sharesWith(READER, READER))).to.deep.equal([]);
      const [everybodys] = await index.sharesWith(EVERYBODY, READER);
      expect([everybodys?.envelope.length, everybodys?.until]).to.deep.equal([2 + 2 * 8_192, 2 ** 40 - 1]);
      await index.apply(batchOf(21n, 22n, [unshared(1)]), 0n);
      expect(await keys(index.sharesOfObject(CLIENT, one))).to.deep.equal([[one, true, 1_000]]);
      await index.apply(batchOf(23n, 24n, [shared(1, '0x01', 2_000)]), 0n);
      expect(await keys(index.sharesOfObject(CLIENT, one))).to.deep.equal([[one, false, 2_000]]);
      await index.rollback(22n);
      expect(await keys(index.sharesOfObject(CLIENT, one))).to.deep.equal([[one, true, 1_000]]);
      await index.rollback(20n);
      expect(await keys(index.sharesOfObject(CLIENT, one))).to.deep.equal([[one, false, 1_000]]);
    });

    it('keeps what reads cost at most as the ask had it when an agreement took it', async () => {
      await using index = await openAt(place);
      const ask = { provider: 1, askId: 1n };
      const dear = { ...ask, retrievalPricePerMiB: 70n };
      await index.apply(batchOf(1n, 20n, [...enrolled(1), askPosted(dear), formed(1, 0)]), 0n);
      const amended = askPosted({ ...ask, retrievalPricePerMiB: 90n });
      await index.apply(batchOf(21n, 22n, [{ ...amended, name: 'AskAmended' }, formed(1, 1)]), 0n);
      const answering = formed(1, 2);
      Object.assign((answering.args as { agreement: object }).agreement, { askId: 0n });
      await index.apply(batchOf(23n, 24n, [answering]), 0n);
      const rows = await index.agreementsOfProvider(1);
      expect(rows.map(({ retrievalCeiling }) => retrievalCeiling)).to.deep.equal([70n, 90n, 0n]);
    });

    it('finds channels by client and provider, knows what became of them, and what their receipts say', async () => {
      await using index = await openAt(place);
      const other = addressOf('other');
      await index.apply(batchOf(1n, 20n, [...setUp, opened(1n, 1), opened(2n, 2), opened(3n, 1, other)]), 0n);
      const numbers = (rows: readonly ChannelRow[]): bigint[] => rows.map(({ channel }) => channel);
      expect(
        numbers(await index.channelsOfClient(CLIENT.toUpperCase().replace('0X', '0x') as typeof CLIENT)),
      ).to.deep.equal([1n, 2n]);
      expect(numbers(await index.channelsOfProvider(1))).to.deep.equal([1n, 3n]);
      const grown = event('retrievalChannels', 'ChannelToppedUp', { channel: 1n, amount: 11n, expiry: 6_000 });
      const closing = event('retrievalChannels', 'ChannelClosing', { channel: 1n, closesAt: 4_000 });
      await index.apply(batchOf(21n, 22n, [grown, redeemed(1n, 1, 40n), closing]), 0n);
      const paid = redeemed(1n, 1, 60n);
      const closed = event('retrievalChannels', 'ChannelClosed', { channel: 1n, refunded: 51n, burned: 2n });
      await index.apply(batchOf(23n, 24n, [paid, closed]), 0n);
      const row = (await index.channels([1n, 9n])).get(1n);
      const sums = { deposit: 111n, redeemed: 60n, readBytes: 61_440n };
      expect(row).to.include({ ...sums, expiry: 6_000, closesAt: 4_000, status: 'closed', closedAtBlock: 24n });
      // 40 and 20 more, not 40 and 60.
      // What came before weighs less by now, and is rounded down.
      expect(await index.provider(1)).to.include({ servedAtBlock: 23, servedPaid: 59n });
      await index.rollback(22n);
      // By agreement, with the same last voucher: one event tells as much as the two, but for its provider.
      await index.apply(batchOf(23n, 24n, [settled(1n, 60n)]), 0n);
      expect((await index.channels([1n])).get(1n)).to.deep.equal({ ...row, closedAtBlock: 23n });
      expect(await index.provider(1)).to.include({ servedAtBlock: 23, servedPaid: 59n });
      await index.rollback(22n);
      expect((await index.channels([1n])).get(1n)).to.include({ redeemed: 40n, status: 'closing' });
      expect(await index.provider(1)).to.include({ servedPaid: 40n, servedDelay: 1_200n, ratedSpeed: 520n });
      await index.rollback(20n);
      expect((await index.channels([1n])).get(1n)).to.include({ deposit: 100n, status: 'open', closesAt: undefined });
    });

    it('knows what became of demanded units, and takes it back', async () => {
      await using index = await openAt(place);
      const agreement = (1n << 32n) | 1n;
      const demanded = (demand: bigint, unit: number): EventSpec =>
        event('demands', 'UnitDemanded', {
          demand,
          agreement,
          provider: 1,
          client: CLIENT,
          unit,
          deadline: 40,
          bond: 7n,
        });
      await index.apply(
        batchOf(1n, 20n, [...setUp, formed(1, 1), demanded(1n, 0), demanded(2n, 1), demanded(3n, 4)]),
        0n,
      );
      const states = async (): Promise<unknown[]> =>
        (await index.demandsOf([agreement, 9n])).map(({ demand, unit, status }) => [demand, unit, status]);
      const ends = [
        event('demands', 'UnitShown', { demand: 2n, agreement, submitter: CLIENT, paid: 7n }),
        event('demands', 'DemandFailed', { demand: 1n, agreement }),
        event('demands', 'DemandVoided', { demand: 3n, agreement }),
      ];
      const open = async (): Promise<bigint[]> => (await index.openDemands()).map(({ demand }) => demand);
      expect(await open()).to.deep.equal([1n, 2n, 3n]);
      await index.apply(batchOf(21n, 22n, ends.slice(0, 2)), 0n);
      expect(await open()).to.deep.equal([3n]);
      await index.apply(batchOf(23n, 24n, ends.slice(2)), 0n);
      expect(await open()).to.deep.equal([]);
      expect(await states()).to.deep.equal([
        [1n, 0, 'failed'],
        [2n, 1, 'shown'],
        [3n, 4, 'voided'],
      ]);
      const row = (await index.demands([2n, 9n])).get(2n);
      expect(row).to.include({ agreement, deadline: 40, bond: 7n });
      expect(row?.endedInTransaction).to.match(/^0x/);
      await index.rollback(20n);
      expect((await states()).map((state) => (state as unknown[])[2])).to.deep.equal(['open', 'open', 'open']);
      expect((await index.demands([2n])).get(2n)?.endedInTransaction).to.equal(undefined);
      expect(await index.demandsOf([])).to.deep.equal([]);
    });

    it('is made anew for another market', async () => {
      const first = await openAt(place);
      await first.apply(batchOf(1n, 20n, setUp), 0n);
      await first.close();
      const said: string[] = [];
      const logger = { ...silentLogger, warn: (_: object, text: string) => said.push(text) };
      await using second = await openAt(place, { identity: 'another market', logger });
      expect([await second.block(), await second.providerCount()]).to.deep.equal([undefined, 0]);
      expect(said.join()).to.contain('of another market');
    });

    it('keeps whatever text somebody writes to the chain', async () => {
      await using index = await openAt(place);
      const addresses = [
        '/dns4/例え.テスト/tcp/1',
        "'; DROP TABLE providers; --",
        '{"a",NULL,\\"}',
        ':provider $1 \u{1F600}',
        '\uFFFD',
      ];
      const told = event('nodeRegistry', 'AddressesUpdated', {
        provider: 1,
        addresses: [...addresses, 'a\0b'].join('\n'),
      });
      await index.apply(batchOf(1n, 20n, [...setUp, told]), 0n);
      expect((await index.provider(1))?.addresses).to.deep.equal(addresses);
    });

    it('notices that events were left out, and keeps what it had', async () => {
      await using index = await openAt(await backend.scratch());
      await index.apply(batchOf(1n, 20n, setUp), 0n);
      const before = await everything(index);
      for (const specs of [
        [filled(1, 77n, 1)],
        enrolled(4),
        [unshared(5)],
        [opened(2n, 1)],
        [redeemed(1n, 1, 5n)],
        [proven(9, 1)],
        [proven(1, 5), filled(1, 77n, 1)],
      ]) {
        expect((await rejection(index.apply(batchOf(21n, 22n, specs), 0n))).code).to.equal('chain-incomplete');
        expect([await everything(index), await index.block()]).to.deep.equal([before, 20n]);
      }
    });
  },
);
