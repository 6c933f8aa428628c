import { expect } from 'chai';

import { fromHex, to0x } from '../../../node/core/bytes.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { Hex } from '../../../node/market/messages.ts';
import { REANNOUNCE_MAX_GAP_MS } from '../../../node/network/limits.ts';
import { shardCid } from '../../../node/network/shard-cid.ts';
import { Announcer, type AnnouncerComponents } from '../../../node/provider/announcer.ts';
import { ManualClock } from '../support/manual-clock.ts';

const [held, cached, both, other] = [1, 2, 3, 4].map((fill) => to0x(new Uint8Array(32).fill(fill))) as [
  Hex,
  Hex,
  Hex,
  Hex,
];
const cidOf = (root: Hex): string => shardCid(fromHex(root)).toString();

interface Watcher {
  added: (root: Uint8Array) => void;
  evicted: (root: Uint8Array) => void;
}

function setup() {
  const clock = new ManualClock();
  const [active, copies] = [new Set([held, both]), new Set([cached, both])];
  const announced: string[] = [];
  const withdrawn: string[] = [];
  const watchers: Watcher[] = [];
  const asked = { holdings: 0, cache: 0 };
  const components = {
    dht: {
      provide: async (cid: ReturnType<typeof shardCid>) => {
        announced.push(cid.toString());
        return { stored: 20 };
      },
      unprovide: async (cid: ReturnType<typeof shardCid>) => void withdrawn.push(cid.toString()),
    },
    ledger: {
      holdings: {
        activeRoots: () => [...active],
        isActive: (root: Hex) => {
          asked.holdings++;
          return active.has(root);
        },
      },
    },
    cache: {
      list: () => [...copies].map((root) => ({ root })),
      has: (root: Hex) => {
        asked.cache++;
        return copies.has(root);
      },
      watch: (watcher: Watcher) => void watchers.push(watcher),
    },
    clock,
    logger: silentLogger,
  };
  const announcer = new Announcer(components as unknown as AnnouncerComponents);
  return { announcer, clock, active, copies, announced, withdrawn, watchers, asked };
}

describe('Announcer', () => {
  it('announces what is held and what is cached, and what is both once', async () => {
    const { announcer, clock, announced } = setup();
    announcer.start();
    // One at once, and one after each gap.
    await clock.advance(2 * REANNOUNCE_MAX_GAP_MS);
    await announcer.stop();
    expect(announced.toSorted()).to.deep.equal([held, cached, both].map(cidOf).toSorted());
  });

  it('announces at once what comes into the cache', async () => {
    const { announcer, clock, announced, watchers } = setup();
    announcer.start();
    await clock.advance(1);
    const before = announced.length;
    watchers[0]?.added(fromHex(other));
    await clock.advance(1);
    expect(announced.slice(before)).to.deep.equal([cidOf(other)]);
    await announcer.stop();
  });

  it('withdraws a shard with its last copy, and looks each up once for that', () => {
    const { announcer, active, copies, withdrawn, asked } = setup();
    copies.delete(both);
    announcer.gone(fromHex(both));
    active.delete(held);
    copies.add(held);
    announcer.gone(fromHex(held));
    expect(withdrawn).to.deep.equal([]);
    copies.delete(cached);
    announcer.gone(fromHex(cached));
    expect(withdrawn).to.deep.equal([cidOf(cached)]);
    expect(asked).to.deep.equal({ cache: 3, holdings: 2 });
  });
});
