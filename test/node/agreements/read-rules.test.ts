import { expect } from 'chai';
import { privateKeyToAccount } from 'viem/accounts';
import { zeroAddress } from 'viem';

import { MAX_SHARE_LOOKUPS, MAX_TICKET_AHEAD_S, UNSHARED_FOR_MS } from '../../../node/agreements/limits.ts';
import { MayRead } from '../../../node/agreements/may-read.ts';
import { publicRule } from '../../../node/agreements/public-rule.ts';
import { ReadGate } from '../../../node/agreements/read-gate.ts';
import type { ServedObject } from '../../../node/agreements/read-rules.ts';
import { encodeReadTicket } from '../../../node/agreements/read-ticket.ts';
import { ticketRule } from '../../../node/agreements/ticket-rule.ts';
import { fromHex } from '../../../node/core/bytes.ts';
import type { Address, ReadTicket } from '../../../node/market/messages.ts';
import { nodeIdentity } from '../../../node/network/identity.ts';
import { newNodeKey } from '../network/hosts.ts';
import { rejection } from '../support/rejection.ts';
import { client, NOW_S, OBJECT_KEY, ROOT } from './samples.ts';

const reader = privateKeyToAccount(`0x${'22'.repeat(32)}`);
const OTHER_ROOT = `0x${'cc'.repeat(32)}` as const;
const SIGNATURE = `0x${'33'.repeat(65)}` as const;
const PROVIDER = 7;
const PEER = nodeIdentity(newNodeKey()).peerId;

/** A provider that holds one shard, on a chain whose catalogue is a map. */
class Gate {
  nowS = NOW_S;
  block = 10n;
  ms = 0;
  questions = 0;
  readonly until = new Map<string, number>();
  /** Whose signature counts; undefined for anybody's. */
  signer: Address | undefined;
  readonly mayRead = new MayRead({
    chain: {
      sharedUntil: async (object, who) => {
        this.questions += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return this.until.get(`${object.client} ${object.objectKey} ${who}`) ?? 0;
      },
      block: () => this.block,
      nowS: () => this.nowS,
    },
    clock: { monotonicMs: () => this.ms },
  });
  readonly #gate: ReadGate;

  constructor() {
    const object: ServedObject = { client: client.address, objectKey: OBJECT_KEY };
    const served = { of: async (root: string) => (root === ROOT ? [object] : []) };
    const { mayRead } = this;
    const verifyTicket = async (ticket: ReadTicket): Promise<boolean> =>
      this.signer === undefined || this.signer === ticket.client;
    this.#gate = new ReadGate([
      ticketRule({ chain: { nowS: () => this.nowS }, served, mayRead, verifyTicket }, { provider: PROVIDER }),
      publicRule({ served, mayRead }),
    ]);
  }

  share(who: Address, until: number): void {
    this.until.set(`${client.address} ${OBJECT_KEY} ${who}`, until);
  }

  async with(fields: Partial<ReadTicket> = {}, root: `0x${string}` = ROOT): Promise<void> {
    const ticket = { client: client.address, provider: PROVIDER, shardRoot: ROOT, expiry: BigInt(this.nowS + 60) };
    return this.bare(encodeReadTicket({ ...ticket, ...fields, signature: SIGNATURE }), root);
  }

  async bare(ticket?: string, root: `0x${string}` = ROOT): Promise<void> {
    return this.#gate.authorize({ root: fromHex(root), ticket, from: 0, count: 1, remotePeer: PEER });
  }
}

describe('who may read a shard', () => {
  let gate: Gate;
  beforeEach(() => {
    gate = new Gate();
  });
  const byReader = { client: reader.address };

  it('its owner with a ticket, without a question to the chain', async () => {
    await gate.with();
    expect(gate.questions).to.equal(0);
  });

  it('nobody with a ticket that is for another provider or shard, stale, too long, or of another signer', async () => {
    const wrong: [Partial<ReadTicket>, string][] = [
      [{ provider: 8 }, 'provider 8'],
      [{ shardRoot: OTHER_ROOT }, 'another shard'],
      [{ expiry: BigInt(NOW_S) }, '0 seconds ahead'],
      [{ expiry: BigInt(NOW_S + MAX_TICKET_AHEAD_S + 1) }, `${MAX_TICKET_AHEAD_S + 1} seconds ahead`],
    ];
    for (const [fields, reason] of wrong) {
      const { code, message } = await rejection(gate.with(fields));
      expect(code).to.equal('read-refused');
      expect(message).to.contain(reason);
    }
    gate.signer = reader.address;
    expect((await rejection(gate.with())).message).to.contain('not signed by its client');
    gate.signer = undefined;
    await gate.with({ expiry: BigInt(NOW_S + MAX_TICKET_AHEAD_S) });
  });

  it('nobody with a header that no rule knows', async () => {
    for (const header of ['', 'Basic abc', 'Stowmarket', 'Stowmarket !', 'stowmarket abc', 'x'.repeat(5_000)])
      expect((await rejection(gate.bare(header))).code).to.equal('read-ticket-malformed');
  });

  it('nobody a shard that is held for nobody', async () => {
    gate.share(reader.address, NOW_S + 100);
    gate.share(zeroAddress, NOW_S + 100);
    expect((await rejection(gate.with({ shardRoot: OTHER_ROOT }, OTHER_ROOT))).code).to.equal('read-refused');
    expect((await rejection(gate.bare(undefined, OTHER_ROOT))).code).to.equal('read-refused');
  });

  it('a wallet that the owner shares the object with, until the share ends', async () => {
    expect((await rejection(gate.with(byReader))).code).to.equal('read-refused');
    gate.share(reader.address, NOW_S + 100);
    gate.ms += UNSHARED_FOR_MS;
    await gate.with(byReader);
    expect((await rejection(gate.with({ client: zeroAddress }))).code).to.equal('read-refused');
    expect((await rejection(gate.bare())).code).to.equal('read-refused');
    gate.nowS = NOW_S + 99;
    await gate.with(byReader);
    gate.nowS = NOW_S + 100;
    expect((await rejection(gate.with(byReader))).code).to.equal('read-refused');
  });

  it('everybody what is public, with a ticket or without', async () => {
    gate.share(zeroAddress, NOW_S + 100);
    await gate.bare();
    await gate.with(byReader);
    gate.nowS = NOW_S + 100;
    expect((await rejection(gate.bare())).code).to.equal('read-refused');
  });

  it('nobody any more, as soon as a block is seen after a share was taken back', async () => {
    gate.share(reader.address, NOW_S + 100);
    await gate.with(byReader);
    gate.share(reader.address, 0);
    await gate.with(byReader);
    expect(gate.questions).to.equal(1);
    gate.block += 1n;
    expect((await rejection(gate.with(byReader))).code).to.equal('read-refused');
  });

  it('is asked of the chain once for all who ask at the same time, and for only so many readers', async () => {
    gate.share(reader.address, NOW_S + 100);
    await Promise.all(Array.from({ length: 50 }, async () => gate.with(byReader)));
    expect(gate.questions).to.equal(1);
    const strangers = Array.from({ length: MAX_SHARE_LOOKUPS + 5 }, (_, i) => {
      const address: Address = `0x${(i + 1).toString(16).padStart(40, '0')}`;
      return rejection(gate.with({ client: address }));
    });
    const codes = (await Promise.all(strangers)).map(({ code }) => code);
    expect(codes.filter((code) => code === 'provider-busy').length).to.be.greaterThan(0);
    expect(codes.filter((code) => code === 'read-refused').length).to.be.greaterThan(0);
    const before = gate.questions;
    expect((await rejection(gate.with({ client: '0x0000000000000000000000000000000000000001' }))).code).to.equal(
      'read-refused',
    );
    expect(gate.questions).to.equal(before);
  });
});
