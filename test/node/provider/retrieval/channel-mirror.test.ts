import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import type { ChannelState } from '../../../../node/chain/records.ts';
import { silentLogger } from '../../../../node/core/logger.ts';
import { Ledger } from '../../../../node/provider/ledger/ledger.ts';
import { EVENT_RANGE_BLOCKS, EVENT_REREAD_BLOCKS } from '../../../../node/provider/limits.ts';
import type { ChannelLog } from '../../../../node/provider/retrieval/channel-log.ts';
import { ChannelMirror } from '../../../../node/provider/retrieval/channel-mirror.ts';
import { FakeChainClock, instantClock } from '../fakes.ts';

const CLIENT = '0x00000000000000000000000000000000000000c1';
const FIRST = 100;

type Event =
  | { opened: { channel: bigint; client: typeof CLIENT; amount: bigint; expiry: number } }
  | { redeemed: bigint; total: bigint }
  | { changed: bigint }
  | { closed: bigint };

describe('ChannelMirror', () => {
  let folder: string;
  let ledger: Ledger;
  let chainClock: FakeChainClock;
  /** What the chain's log says, by block. */
  let events: Map<bigint, Event>;
  /** Channels as the chain shows them now. */
  let shown: Map<bigint, ChannelState>;
  let looked: bigint[];
  let mirror: ChannelMirror;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stow-channel-mirror-'));
    ledger = new Ledger(join(folder, 'ledger.sqlite'));
    [chainClock, events, shown, looked] = [new FakeChainClock(FIRST), new Map(), new Map(), []];
    const chain = {
      channelLog: async (from: bigint, to: bigint) => logOf(events, from, to),
      channel: async (channel: bigint) => {
        looked.push(channel);
        return shown.get(channel);
      },
    };
    mirror = new ChannelMirror(
      { chain, chainClock, ledger, clock: instantClock, logger: silentLogger },
      { firstBlock: BigInt(FIRST) },
    );
  });
  afterEach(() => {
    ledger.close();
    rmSync(folder, { recursive: true });
  });

  const at = async (block: number): Promise<void> => {
    chainClock.head = new FakeChainClock(block).head;
    await mirror.sync();
  };

  const open = (channel: bigint, block: number): void => {
    events.set(BigInt(block), { opened: { channel, client: CLIENT, amount: 50n, expiry: 9_000 } });
    show(channel, {});
  };

  const show = (channel: bigint, over: Partial<ChannelState>): void => {
    const state = { client: CLIENT, clientAccount: 3, provider: 7, deposit: 50n, redeemed: 0n, expiry: 9_000 } as const;
    shown.set(channel, { ...state, closesAt: 0, ...over } as ChannelState);
  };

  it('takes a redemption back that a reorganisation took back, which no event tells', async () => {
    open(1n, 101);
    events.set(120n, { redeemed: 1n, total: 40n });
    show(1n, { redeemed: 40n });
    await at(121);
    expect(ledger.channels.get(1n)?.redeemed).to.equal(40n);
    events.delete(120n);
    show(1n, {});
    await at(122);
    expect(ledger.channels.get(1n)?.redeemed).to.equal(0n);
  });

  it('opens a channel again whose end was taken back, and ends one whose opening was', async () => {
    open(1n, 110);
    await at(119);
    events.set(120n, { closed: 1n });
    shown.delete(1n);
    await at(120 + Number(EVENT_REREAD_BLOCKS));
    expect(mirror.find(1n)).to.equal(undefined);
    events.delete(120n);
    show(1n, { redeemed: 3n });
    open(2n, 137);
    await at(137);
    expect(mirror.find(1n)).to.deep.include({ redeemed: 3n, closed: false });
    events.delete(137n);
    shown.delete(2n);
    await at(138);
    expect(mirror.find(2n)).to.equal(undefined);
  });

  it('remembers a channel that was opened, paid and closed while nobody looked', async () => {
    open(1n, 110);
    const later = BigInt(FIRST) + EVENT_RANGE_BLOCKS;
    events.set(later, { redeemed: 1n, total: 40n });
    events.set(later + 1n, { closed: 1n });
    shown.delete(1n);
    await at(Number(later) + 5);
    expect(ledger.channels.get(1n)).to.deep.include({ deposit: 50n, redeemed: 40n, closed: true });
  });

  it('asks for no other channels than those that the newest blocks touched', async () => {
    open(1n, 110);
    events.set(111n, { changed: 9n });
    for (let block = 112; block < 160; block += 1) await at(block);
    looked = [];
    await at(160);
    expect(looked).to.deep.equal([]);
    expect(ledger.channels.all().map(({ channel }) => channel)).to.deep.equal([1n]);
  });
});

function logOf(events: ReadonlyMap<bigint, Event>, from: bigint, to: bigint): ChannelLog {
  const inRange = [...events].flatMap(([block, event]) => (block >= from && block <= to ? event : []));
  return {
    opened: inRange.flatMap((event) => ('opened' in event ? event.opened : [])),
    redeemed: new Map(inRange.flatMap((event) => ('redeemed' in event ? [[event.redeemed, event.total]] : []))),
    changed: new Set(inRange.flatMap((event) => ('changed' in event ? event.changed : []))),
    closed: new Set(inRange.flatMap((event) => ('closed' in event ? event.closed : []))),
  };
}
