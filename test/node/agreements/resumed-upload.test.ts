import { expect } from 'chai';
import type { PeerId } from '@libp2p/interface';

import { UploadIntake } from '../../../node/agreements/upload-intake.ts';
import { to0x } from '../../../node/core/bytes.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { dialPolicy } from '../../../node/network/address-policy.ts';
import { Ledger } from '../../../node/provider/ledger/ledger.ts';
import { ShardDisk } from '../../../node/provider/shard-disk.ts';
import { MemoryShardStore } from '../../../node/store/memory/memory-shard-store.ts';
import { BulkClient, type BulkPeer } from '../../../node/transfer/bulk-client.ts';
import { BulkServer } from '../../../node/transfer/bulk-server.ts';
import { createTlsIdentity } from '../../../node/transfer/tls-identity.ts';
import { inUploadOrder, newShard } from '../store/shard-store-suite.ts';
import { failureOf, newIdentity, startProxy } from '../transfer/fixtures.ts';
import { NOW_S, openReservation, requestOf } from './samples.ts';

const UNITS = 200;

describe('an upload that breaks off', function () {
  this.timeout(60_000);
  const { id } = openReservation();
  const shard = newShard(UNITS);
  const sent = inUploadOrder(shard.bytes);
  let ledger: Ledger;
  let store: MemoryShardStore;
  let intake: UploadIntake;
  let server: BulkServer;
  let client: BulkClient;
  let stranger: BulkClient;
  let peer: BulkPeer;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let nowS: number;

  beforeEach(async () => {
    nowS = NOW_S;
    ledger = new Ledger(':memory:');
    store = new MemoryShardStore({ capacityUnits: 1_000 });
    const disk = new ShardDisk(store);
    intake = new UploadIntake({
      book: ledger.reservations,
      shards: disk,
      chain: { nowS: () => nowS },
      logger: silentLogger,
    });
    const [serverId, clientId] = [newIdentity(), newIdentity()];
    ledger.reservations.insert(
      openReservation({ peer: clientId.peerId.toString(), request: requestOf({ units: UNITS }) }),
    );
    server = new BulkServer({
      identity: await createTlsIdentity(serverId.privateKey),
      intake,
      source: disk,
      authorize: () => Promise.resolve({ wallet: undefined, isExempt: false }),
      logger: silentLogger,
    });
    proxy = await startProxy(await server.start({ host: '127.0.0.1', port: 0 }));
    peer = { peerId: serverId.peerId, address: { host: '127.0.0.1', port: proxy.port } };
    client = await clientOf(clientId.privateKey);
    stranger = await clientOf(newIdentity().privateKey);
  });
  afterEach(async () => {
    await client.close();
    await stranger.close();
    await proxy.stop();
    await server.stop();
    ledger.close();
  });

  async function clientOf(key: Parameters<typeof createTlsIdentity>[0]): Promise<BulkClient> {
    return new BulkClient({ identity: await createTlsIdentity(key), dial: dialPolicy('private') });
  }

  /** Sends units [from, to) and then breaks off as `end` says. */
  async function sendPart(from: number, to: number, end: () => void): Promise<void> {
    async function* body(): AsyncGenerator<Uint8Array> {
      yield sent.subarray(from * UNIT_BYTES, to * UNIT_BYTES);
      // What was sent is on its way: it has arrived when nothing more does.
      await new Promise((resolve) => setTimeout(resolve, 700));
      end();
      await new Promise(() => undefined);
    }
    await failureOf(client.putShard(peer, id, body(), { from }));
    await settled();
  }

  async function settled(): Promise<void> {
    while (intake.isActive(id)) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function* rest(from: number): AsyncGenerator<Uint8Array> {
    yield sent.subarray(from * UNIT_BYTES);
  }

  it('goes on where it stopped, as often as it breaks, and comes out whole', async () => {
    let from = 0;
    for (const to of [40, 90, 150]) {
      await sendPart(from, to, () => proxy.cut());
      const state = await client.uploadState(peer, id);
      expect(state.root).to.equal(undefined);
      expect(state.units, 'all but the unit that may be the header').to.equal(to - 1);
      from = state.units;
    }
    const stored = await client.putShard(peer, id, rest(from), { from });
    expect(stored).to.deep.include({ units: UNITS });
    expect(to0x(stored.root)).to.equal(to0x(shard.root));
    expect(await client.uploadState(peer, id)).to.deep.equal({ units: UNITS, root: Buffer.from(shard.root) });
    expect(await store.scrub(shard.root)).to.deep.equal({ ok: true });
  });

  it('is refused from any other unit, which harms nothing, and may begin anew', async () => {
    await sendPart(0, 60, () => proxy.cut());
    for (const from of [58, 60, 199]) {
      const refused = await failureOf(client.putShard(peer, id, rest(from), { from }));
      expect(refused.code).to.equal('upload-wrong-offset');
      expect(refused.message).to.include(`59 units of this upload are here, not ${from}`);
    }
    expect(await client.uploadState(peer, id)).to.deep.equal({ units: 59 });
    expect(await client.putShard(peer, id, rest(0))).to.deep.include({ units: UNITS });
    expect(store.usage()).to.deep.equal({ capacityUnits: 1_000, usedUnits: UNITS, reservedUnits: 0, keptUnits: 0 });
  });

  it("is nobody else's to ask about or to go on with", async () => {
    await sendPart(0, 60, () => proxy.cut());
    expect((await failureOf(stranger.uploadState(peer, id))).code).to.equal('reservation-unknown');
    const refused = await failureOf(stranger.putShard(peer, id, rest(59), { from: 59 }));
    expect(refused.code).to.equal('reservation-unknown');
    expect(await client.uploadState(peer, id)).to.deep.equal({ units: 59 });
  });

  it('is not kept when more came than was reserved, or no whole units', async () => {
    await sendPart(0, 60, () => proxy.cut());
    async function* tooMuch(): AsyncGenerator<Uint8Array> {
      yield Buffer.concat([sent, sent]);
    }
    const long = await failureOf(client.putShard(peer, id, tooMuch(), { from: 59 }));
    expect(long.code).to.equal('transfer-too-long');
    await settled();
    expect(await client.uploadState(peer, id)).to.deep.equal({ units: 0 });
    async function* ragged(): AsyncGenerator<Uint8Array> {
      yield sent.subarray(0, 3 * UNIT_BYTES + 1);
    }
    expect((await failureOf(client.putShard(peer, id, ragged()))).code).to.equal('transfer-partial-unit');
    await settled();
    expect(store.usage()).to.include({ reservedUnits: 0, keptUnits: 0 });
  });

  it('prolongs its reservation by what it brought, and goes with it', async () => {
    nowS += 800;
    await sendPart(0, 60, () => proxy.cut());
    expect(ledger.reservations.find(id)?.expiresAt).to.equal(nowS + 900);
    await intake.dropStrays();
    expect(await store.keptUnits(id)).to.equal(59);
    ledger.reservations.remove(id);
    await intake.dropStrays();
    expect(await store.listUploads()).to.deep.equal([]);
  });

  it('keeps nothing for a reservation that was released meanwhile', async () => {
    await sendPart(0, 60, () => {
      ledger.reservations.remove(id);
      void intake.forget(id);
      proxy.cut();
    });
    expect(await store.listUploads()).to.deep.equal([]);
    expect(store.usage()).to.include({ reservedUnits: 0, keptUnits: 0 });
  });

  it('is one at a time', async () => {
    const remotePeer = { toString: () => ledger.reservations.find(id)?.peer ?? '' } as PeerId;
    const sink = await intake.open(id, remotePeer, 0);
    expect((await failureOf(client.uploadState(peer, id))).code).to.equal('upload-state');
    expect((await failureOf(client.putShard(peer, id, rest(0)))).code).to.equal('upload-state');
    await sink.abort(new Error('over'), { keep: true });
    expect(await client.uploadState(peer, id)).to.deep.equal({ units: 0 });
  });
});
