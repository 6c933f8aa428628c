import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';
import { formatUnits } from 'viem';

import type { Client } from '../../node/cli/support/client.ts';
import { costOfWhole, PaidMarket } from '../../node/cli/support/paid-market.ts';

/** Commands that are cut off, at moments of a lot: `STOWMARKET_TEST_KILLS=200 npm run test:kills`. */
const KILLS = Number(process.env['STOWMARKET_TEST_KILLS'] ?? 60);
/** Every so often all must be well: a read that nobody cuts off. */
const WHOLE_EVERY = 6;
const PATIENCE_MS = 3_600_000;
const MEBIBYTE = 1_048_576;
const FILE_BYTES = 64 * MEBIBYTE;
const { most: MOST } = costOfWhole(FILE_BYTES);
/** Each kill cuts at most two reads off, and is followed by others now and then. */
const DEPOSIT = BigInt(3 * KILLS + 10) * MOST;
const CLI = fileURLToPath(new URL('../../../node/cli/main.ts', import.meta.url));

const VICTIMS = ['the client', 'the provider', 'both', 'one of two clients'] as const;

describe(`paid reads under kill -9, ${KILLS} times`, function () {
  this.timeout(PATIENCE_MS);
  let market: PaidMarket;
  let client: Client;

  before(async () => {
    market = await PaidMarket.open({ fileBytes: FILE_BYTES, periodBlocks: 50_000 });
    ({ client } = market);
  });
  after(async () => market?.close());

  let outs = 0;
  function startGet(): { child: ChildProcess; ended: Promise<unknown>; target: string } {
    const target = join(market.folder, `out-${++outs}`);
    const child = spawn(process.execPath, [CLI, '--json', 'get', 'data', '-o', target], {
      env: { ...process.env, ...client.env },
      stdio: 'ignore',
    });
    return { child, ended: once(child, 'exit'), target };
  }

  /** A file appears whole or not at all. */
  async function isWhole(target: string): Promise<boolean> {
    if ((await stat(target).catch(() => undefined)) === undefined) return false;
    expect((await readFile(target)).equals(market.data)).to.equal(true);
    await rm(target);
    return true;
  }

  it('lose no promise, pay nothing twice, and end to the wei', async () => {
    const { escrow: before } = await client.must('wallet', 'balance');
    await client.must('channel', 'open', String(market.providerId), formatUnits(DEPOSIT, 18), '--yes');
    let begun = 0;
    let [lastShown, lastPromised] = [0n, 0n];
    const check = (when: string): void => {
      const now = { shown: market.shown(), promised: market.promised(1n) };
      // What the provider holds, the client signed and remembers; neither side forgets any of it.
      expect(now.shown <= now.promised, `${when}: ${now.shown} shown, ${now.promised} promised`).to.equal(true);
      expect(now.shown >= lastShown && now.promised >= lastPromised, `${when}: nothing is forgotten`).to.equal(true);
      expect(now.promised <= BigInt(begun) * MOST, `${when}: no more than was read`).to.equal(true);
      [lastShown, lastPromised] = [now.shown, now.promised];
    };
    const readWhole = async (when: string): Promise<number> => {
      const startedMs = performance.now();
      begun++;
      const { ended, target } = startGet();
      await ended;
      expect(await isWhole(target), `${when}: every byte`).to.equal(true);
      check(when);
      return performance.now() - startedMs;
    };
    const usualMs = Math.ceil(await readWhole('at first'));
    let cut = 0;
    for (let kill = 1; kill <= KILLS; kill++) {
      const victim = VICTIMS[randomInt(VICTIMS.length)]!;
      // Before that a command only starts.
      const afterMs = randomInt(Math.floor(usualMs / 3), usualMs);
      const when = `kill ${kill}, of ${victim} after ${afterMs} ms`;
      const gets = victim === 'one of two clients' ? [startGet(), startGet()] : [startGet()];
      begun += gets.length;
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      if (victim !== 'the provider') gets[0]!.child.kill('SIGKILL');
      if (victim === 'the provider' || victim === 'both') await market.provider.kill();
      await Promise.all(gets.map(async ({ ended }) => ended));
      const whole = await Promise.all(gets.map(async ({ target }) => isWhole(target)));
      if (!whole.every(Boolean)) cut++;
      if (victim === 'one of two clients') expect(whole[1], `${when}: the other one`).to.equal(true);
      if (victim === 'the provider' || victim === 'both') await market.provider.start();
      check(when);
      if (kill % WHOLE_EVERY === 0) await readWhole(`after ${when}`);
    }
    await readWhole('at last');
    expect(cut).to.be.greaterThan(KILLS / 4);
    const last = market.promised(1n);
    expect(market.shown()).to.equal(last);
    expect(last < DEPOSIT).to.equal(true);
    expect(await client.must('channel', 'close', '1')).to.include({ type: 'channel-closed', how: 'agreed' });
    const { escrow: after } = await client.must('wallet', 'balance');
    expect(BigInt(String(before)) - BigInt(String(after))).to.equal(last);
    await client.must('audit');
  });
});
