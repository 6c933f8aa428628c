import { expect } from 'chai';
import { privateKeyToAccount } from 'viem/accounts';
import { zeroAddress } from 'viem';

import {
  MAX_KNOWN_SHARES,
  MAX_SHARE_LOOKUPS,
  MAX_TICKET_AHEAD_S,
  MAX_WAITING_LOOKUPS,
  SHARED_WHILE_WAITING_MS,
  UNSHARED_FOR_MS,
} from '../../../node/agreements/limits.ts';
import { MayRead } from '../../../node/agreements/may-read.ts';
import { publicRule } from '../../../node/agreements/public-rule.ts';
import { ReadGate } from '../../../node/agreements/read-gate.ts';
import { type Admitted, NO_SHARD, type ServedObject } from '../../../node/agreements/read-rules.ts';
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
  /** Whom the chain was asked about. */
  readonly asked: string[] = [];
  atOnce = 0;
  mostAtOnce = 0;
  /** The chain answers nothing before. */
  held: Promise<void> = Promise.resolve();
  /** Ends what has waited for long. */
  readonly overdue: (() => void)[] = [];
  readonly until = new Map<string, number>();
  /** Whose signature counts; undefined for anybody's. */
  signer: Address | undefined;
  readonly mayRead = new MayRead({
    chain: {
      sharedUntil: async (object, who) => {
        this.asked.push(who);
        this.atOnce += 1;
        this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
        await this.held;
        await new Promise((resolve) => setImmediate(resolve));
        this.atOnce -= 1;
        return this.until.get(`${object.client} ${object.objectKey} ${who}`) ?? 0;
      },
      block: () => this.block,
      nowS: () => this.nowS,
    },
    clock: {
      monotonicMs: () => this.ms,
      sleep: async () => new Promise((resolve) => this.overdue.push(resolve)),
    },
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

  get questions(): number {
    return this.asked.length;
  }

  /** Readers that nobody knows ask, and the chain does not answer. @returns what lets it, and what became of them */
  flood(count: number): { answer: () => void; codes: Promise<string[]> } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held = promise;
    const codes = Array.from({ length: count }, async (_, i) => {
      const { code } = await rejection(this.with({ client: stranger(i) }));
      return code;
    });
    return { answer: resolve, codes: Promise.all(codes) };
  }

  share(who: Address, until: number): void {
    this.until.set(`${client.address} ${OBJECT_KEY} ${who}`, until);
  }

  async with(fields: Partial<ReadTicket> = {}, root: `0x${string}` = ROOT): Promise<Admitted> {
    const ticket = { client: client.address, provider: PROVIDER, shardRoot: ROOT, expiry: BigInt(this.nowS + 60) };
    return this.bare(encodeReadTicket({ ...ticket, ...fields, signature: SIGNATURE }), root);
  }

  async bare(ticket?: string, root: `0x${string}` = ROOT): Promise<Admitted> {
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

  it('no shard, but what is asked about none: anybody with a ticket for none that it signed, or without', async () => {
    const ofNone = { ...byReader, shardRoot: NO_SHARD };
    expect((await gate.with(ofNone, NO_SHARD)).wallet).to.equal(reader.address);
    expect((await gate.bare(undefined, NO_SHARD)).wallet).to.equal(undefined);
    expect(gate.questions).to.equal(0);
    expect((await rejection(gate.with(ofNone))).message).to.contain('another shard');
    expect((await rejection(gate.with(byReader, NO_SHARD))).message).to.contain('another shard');
    gate.signer = client.address;
    expect((await rejection(gate.with(ofNone, NO_SHARD))).message).to.contain('not signed by its client');
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

  it('everybody what is public, at the cost of one question a block, however many readers show tickets', async () => {
    gate.share(zeroAddress, NOW_S + 100);
    const readers = Array.from({ length: MAX_SHARE_LOOKUPS + MAX_WAITING_LOOKUPS + 5 }, (_, i) => stranger(i));
    await Promise.all(readers.map(async (who) => gate.with({ client: who })));
    gate.block += 1n;
    await Promise.all(readers.map(async (who) => gate.with({ client: who })));
    expect(gate.asked).to.deep.equal([zeroAddress, zeroAddress]);
  });

  it('nobody any more, as soon as a block is seen after a share was taken back', async () => {
    gate.share(reader.address, NOW_S + 100);
    await gate.with(byReader);
    gate.share(reader.address, 0);
    await gate.with(byReader);
    expect(gate.asked).to.deep.equal([zeroAddress, reader.address]);
    gate.block += 1n;
    expect((await rejection(gate.with(byReader))).code).to.equal('read-refused');
  });

  it('is asked of the chain once for all who ask at the same time, and for only so many readers', async () => {
    gate.share(reader.address, NOW_S + 100);
    await Promise.all(Array.from({ length: 50 }, async () => gate.with(byReader)));
    expect(gate.asked).to.deep.equal([zeroAddress, reader.address]);
    const { answer, codes } = gate.flood(MAX_SHARE_LOOKUPS + MAX_WAITING_LOOKUPS + 5);
    await settled();
    answer();
    const counts = Map.groupBy(await codes, (code) => code);
    expect(counts.get('provider-busy')).to.have.length(5);
    expect(counts.get('read-refused')).to.have.length(MAX_SHARE_LOOKUPS + MAX_WAITING_LOOKUPS);
    expect(gate.mostAtOnce).to.equal(MAX_SHARE_LOOKUPS);
    const before = gate.questions;
    expect((await rejection(gate.with({ client: '0x0000000000000000000000000000000000000001' }))).code).to.equal(
      'read-refused',
    );
    expect(gate.questions).to.equal(before);
  });

  describe('while strangers ask more than the chain is to be asked', () => {
    let flood: ReturnType<Gate['flood']>;

    beforeEach(async () => {
      gate.share(reader.address, NOW_S + 100);
      await gate.with(byReader);
      gate.asked.length = 0;
      gate.block += 1n;
      flood = gate.flood(MAX_SHARE_LOOKUPS + MAX_WAITING_LOOKUPS);
      await settled();
    });

    it('goes on serving whom it served, for some seconds, and asks about it before the strangers that wait', async () => {
      await gate.with(byReader);
      gate.ms += SHARED_WHILE_WAITING_MS - 1;
      await gate.with(byReader);
      gate.ms += 1;
      const late = gate.with(byReader);
      await settled();
      expect(gate.asked).not.to.include(reader.address);
      flood.answer();
      await late;
      // In the place of the first stranger that had its answer.
      expect(gate.asked.indexOf(reader.address)).to.equal(MAX_SHARE_LOOKUPS);
      await flood.codes;
    });

    it('serves nobody longer than that whose share was taken back, however long the line', async () => {
      gate.share(reader.address, 0);
      await gate.with(byReader);
      gate.overdue.splice(0).forEach((end) => end());
      gate.ms += SHARED_WHILE_WAITING_MS;
      const late = rejection(gate.with(byReader));
      await settled();
      gate.overdue.splice(0).forEach((end) => end());
      expect((await late).code).to.equal('provider-busy');
      flood.answer();
      expect(Map.groupBy(await flood.codes, (code) => code).get('provider-busy')).to.have.length(MAX_WAITING_LOOKUPS);
      expect((await rejection(gate.with(byReader))).code).to.equal('read-refused');
    });
  });

  it('remembers whom it let in, however many strangers ask', async () => {
    gate.share(reader.address, NOW_S + 100);
    await gate.with(byReader);
    for (let i = 0; i <= MAX_KNOWN_SHARES; i++) await rejection(gate.with({ client: stranger(i) }));
    gate.asked.length = 0;
    await gate.with(byReader);
    expect(gate.asked).to.deep.equal([]);
  });
});

function stranger(index: number): Address {
  return `0x${(index + 1).toString(16).padStart(40, '0')}`;
}

/** Once everything that can happen by itself has. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}
