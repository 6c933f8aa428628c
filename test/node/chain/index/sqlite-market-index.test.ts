import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import fc from 'fast-check';

import type { SqliteMarketIndex } from '../../../../node/chain/index/sqlite-market-index.ts';
import { isStowError } from '../../../../node/core/errors.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { useTempFolder } from '../../client/support/temp-folder.ts';
import { addressOf, askPosted, batchOf, digestOf, enrolled, event, type EventSpec } from './events.ts';
import { testIndex } from './test-index.ts';

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

/** All rows, with the marks only where they matter. */
async function everything(index: SqliteMarketIndex): Promise<unknown[]> {
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
    ])),
  ];
}

async function codeOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isStowError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'nothing';
}

describe('the index in SQLite', () => {
  const folder = useTempFolder();
  const path = (): string => join(folder.path, 'index', 'index.sqlite');
  const setUp = [
    ...enrolled(1),
    ...enrolled(2),
    askPosted({ provider: 1, askId: 1n }),
    askPosted({ provider: 2, askId: 2n ** 63n + 5n }),
  ];

  it('is there again after a restart, and goes on from its mark', async () => {
    const first = testIndex({ path: path() });
    await first.apply(batchOf(1n, 20n, setUp), 10n - 128n);
    const [before, marks] = [await everything(first), await first.marks()];
    await first.close();
    await using second = testIndex({ path: path() });
    expect(await everything(second)).to.deep.equal(before);
    expect(await second.marks()).to.deep.equal(marks);
    expect([...(await second.asks([2n ** 63n + 5n])).keys()]).to.deep.equal([2n ** 63n + 5n]);
    await second.apply(batchOf(21n, 22n, [filled(1, 1n, 3)]), 0n);
    expect((await second.asks([1n])).get(1n)?.ask.unitsLeft).to.equal(3);
  });

  it('rolls back after a restart, as deep as its floor, and not deeper', async () => {
    const first = testIndex({ path: path() });
    await first.apply(batchOf(1n, 20n, setUp), 20n);
    const atFloor = await everything(first);
    await first.apply(batchOf(21n, 30n, [formed(1, 0), filled(1, 1n, 3), proven(1, 5)]), 20n);
    const between = await everything(first);
    await first.apply(batchOf(31n, 40n, [formed(1, 1), filled(1, 1n, 2), proven(1, 6), ...enrolled(3)]), 20n);
    await first.close();
    await using second = testIndex({ path: path() });
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
      events: fc.array(fc.tuple(fc.nat(6), fc.integer({ min: 1, max: 2 }), fc.nat(50)), { maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        await using index = testIndex();
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
          const specs = events.flatMap(([kind, provider, n]): EventSpec[] => {
            const askId = BigInt(1_000 + n);
            if (kind === 0) return [formed(provider, agreements++)];
            if (kind === 1) return [proven(provider, n)];
            if (kind === 2) return [event('collateral', 'Staked', { provider, from: CLIENT, amount: BigInt(n) })];
            if (kind === 3) return [event('reputation', 'ClientCounted', { provider, clientAccount: n, period: n })];
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
        await using fresh = testIndex();
        for (const [at, specs] of kept.entries())
          await fresh.apply(batchOf(BigInt(at * 10 + 1), BigInt(at * 10 + 10), specs), 0n);
        expect(await everything(index)).to.deep.equal(await everything(fresh));
        expect(await index.marks()).to.deep.equal(await fresh.marks());
      }),
      { numRuns: 60 },
    );
  });

  it('is whole after a kill -9, whenever it came', async () => {
    const stdio: ['ignore', 'pipe', 'inherit'] = ['ignore', 'pipe', 'inherit'];
    const writer = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, path()], { stdio });
    await once(writer.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, 150));
    writer.kill('SIGKILL');
    await once(writer, 'exit');
    await using index = testIndex({ path: path() });
    const last = (await index.block()) ?? 0n;
    expect(last > 0n).to.equal(true);
    // The writer enrols one provider in each block.
    expect(BigInt(await index.providerCount())).to.equal(last);
    await index.apply(batchOf(last + 1n, last + 1n, enrolled(Number(last) + 1)), 0n);
  });

  it('takes a stretch once, however many processes read it', async () => {
    await using one = testIndex({ path: path() });
    await using other = testIndex({ path: path() });
    await one.apply(batchOf(1n, 20n, setUp), 0n);
    await other.apply(batchOf(1n, 20n, setUp), 0n);
    await one.apply(batchOf(21n, 22n, [proven(1, 5)]), 0n);
    await other.apply(batchOf(21n, 22n, [proven(1, 5)]), 0n);
    for (const index of [one, other]) expect((await index.provider(1))?.provenPeriods).to.equal(1);
    await other.rollback(20n);
    expect(await one.block()).to.equal(20n);
  });

  it('is made anew for another market', async () => {
    const first = testIndex({ path: path() });
    await first.apply(batchOf(1n, 20n, setUp), 0n);
    await first.close();
    const said: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, text: string) => said.push(text) };
    await using second = testIndex({ path: path(), identity: 'another market', logger });
    expect([await second.block(), await second.providerCount()]).to.deep.equal([undefined, 0]);
    expect(said.join()).to.contain('of another market');
  });

  it('is made anew when it is damaged', async () => {
    const first = testIndex({ path: path() });
    await first.apply(batchOf(1n, 20n, setUp), 0n);
    await first.close();
    const bytes = readFileSync(path());
    bytes.fill(0xa5, 100, 20_000);
    writeFileSync(path(), bytes);
    const said: string[] = [];
    const logger = { ...silentLogger, warn: (_: object, text: string) => said.push(text) };
    await using second = testIndex({ path: path(), logger });
    await second.apply(batchOf(1n, 20n, setUp), 0n);
    expect(await second.providerCount()).to.equal(2);
    expect(said.join()).to.contain('damaged');
  });

  it('leaves alone what is not its own', async () => {
    await testIndex({ path: path() }).close();
    writeFileSync(path(), 'shopping list');
    expect(await codeOf(() => testIndex({ path: path() }))).to.match(/^index-not-ours: .*index\.sqlite/);
    expect(readFileSync(path(), 'utf8')).to.equal('shopping list');
    const foreign = join(folder.path, 'foreign.sqlite');
    const db = new DatabaseSync(foreign);
    db.exec('CREATE TABLE letters (text TEXT)');
    db.close();
    expect(await codeOf(() => testIndex({ path: foreign }))).to.match(/^index-not-ours/);
    expect(existsSync(foreign)).to.equal(true);
  });

  it('notices that events were left out, and keeps what it had', async () => {
    await using index = testIndex();
    await index.apply(batchOf(1n, 20n, setUp), 0n);
    const before = await everything(index);
    for (const specs of [[filled(1, 77n, 1)], enrolled(4), [proven(9, 1)], [proven(1, 5), filled(1, 77n, 1)]]) {
      expect(await codeOf(async () => index.apply(batchOf(21n, 22n, specs), 0n))).to.match(/^chain-incomplete/);
      expect([await everything(index), await index.block()]).to.deep.equal([before, 20n]);
    }
  });
});
