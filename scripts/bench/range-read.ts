import { randomBytes, randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { multiaddr } from '@multiformats/multiaddr';
import { secp256k1 } from '@noble/curves/secp256k1.js';

import { openForReading } from '../../node/client/get/get.ts';
import { ownEnvelope } from '../../node/client/get/unseal.ts';
import { holdersOf } from '../../node/client/holders.ts';
import { ObjectDirectory } from '../../node/client/object-directory.ts';
import { BulkTransfer } from '../../node/client/session/bulk-transfer.ts';
import { NetworkSession } from '../../node/client/session/network-session.ts';
import { ClientSession, providersToJoin } from '../../node/client/session/open-session.ts';
import { readEnvironment } from '../../node/config/environment.ts';
import { loadClientConfig } from '../../node/config/load-config.ts';
import { systemClock } from '../../node/core/clock.ts';
import { silentLogger } from '../../node/core/logger.ts';
import { addressOfKeystore, openKeystore } from '../../node/keystore/wallet.ts';
import { createHost } from '../../node/network/host.ts';
import type { Holder } from '../../node/transfer/read/holder.ts';
import type { Devnet } from '../devnet/devnet.ts';
import { runCommand } from './client-command.ts';
import { DelayingProxy } from './delaying-proxy.ts';
import type { Row } from './reporter.ts';
import { withDevnet } from './with-devnet.ts';

const OBJECT_BYTES = 64 * 1_048_576;
const RANGE_BYTES = 1_000;
const OBJECT = 'ranges';
/** Odd, so that a median is a measurement. */
const ROUNDS = 15;
/** Loopback has no latency to speak of: each way takes as long as within a continent. */
const ONE_WAY_MS = 20;
const ROUND_TRIPS_BAR = 5;

/**
 * The time from asking for a range of an object that was not open to its first byte, over connections that are there, beside the round trip of libp2p's ping, which
 * runs over a connection of the same kind: every connection goes through a proxy that takes 20 ms each way.
 */
export async function rows(): Promise<Row[]> {
  return withDevnet(measure);
}

async function measure(net: Devnet, folder: string): Promise<Row[]> {
  await using closing = new AsyncDisposableStack();
  const source = join(folder, 'source');
  await writeFile(source, randomBytes(OBJECT_BYTES));
  const args = ['put', source, '--name', OBJECT, '--periods', '180'];
  await runCommand({ args, env: net.clientEnv, folder, phase: 'upload' });
  const session = await openSession(net);
  closing.defer(async () => session.stop());
  const providers = await providersToJoin(session.market);
  const network = await NetworkSession.open({ bootstrap: [], allowPrivate: true }, { logger: silentLogger, providers });
  closing.defer(async () => network.stop());
  const line = new SlowLine(closing);
  const read = await rangeReader(session, network, line);
  const coldMs = await read();
  const roundTrip = await pinger(providers[0]?.addresses ?? [], line, closing);
  await roundTrip();
  const times: { range: number; ping: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push({ ping: await roundTrip(), range: await read() });
  const rangeMs = median(times.map(({ range }) => range));
  const pingMs = median(times.map(({ ping }) => ping));
  return [
    { name: 'libp2p round trip', ours: rounded(pingMs), unit: 'ms' },
    { name: 'first byte of a range, the object not open before', ours: rounded(rangeMs), unit: 'ms' },
    { name: 'first byte of a range, no connection either', ours: rounded(coldMs), unit: 'ms' },
    {
      name: 'first byte of a range, in round trips',
      ours: rounded(rangeMs / pingMs),
      unit: 'round trips',
      bar: ROUND_TRIPS_BAR,
      better: 'less',
    },
  ];
}

interface Readable {
  objectKey: Uint8Array;
  holders: Holder[];
  k: number | undefined;
}

/** Proxies by the port that they stand before. */
class SlowLine {
  readonly #closing: AsyncDisposableStack;
  readonly #proxies = new Map<number, Promise<DelayingProxy>>();

  constructor(closing: AsyncDisposableStack) {
    this.#closing = closing;
  }

  /** The port that leads to `port` of this machine, slowly. */
  async portTo(port: number): Promise<number> {
    let proxy = this.#proxies.get(port);
    if (proxy === undefined) {
      proxy = DelayingProxy.start({ host: '127.0.0.1', port }, ONE_WAY_MS);
      this.#proxies.set(port, proxy);
      this.#closing.defer(async () => (await proxy)?.stop());
    }
    return (await proxy).port;
  }
}

async function openSession(net: Devnet): Promise<ClientSession> {
  const environment = readEnvironment(net.clientEnv);
  const config = await loadClientConfig({ environment, flags: {} });
  const { keystore, passwordFile = '' } = config.wallet;
  const address = await addressOfKeystore(keystore);
  if (address === undefined) throw new Error(`${keystore} names no address`);
  const { data } = environment.paths;
  return ClientSession.open({
    config,
    address,
    unlock: async () => (await openKeystore(keystore, { passwordFile })).account,
    cataloguePath: join(data, 'catalogue.sqlite'),
    evidenceFolder: join(data, 'evidence'),
    paymentsPath: join(data, 'payments.sqlite'),
    unfinishedFolder: join(data, 'puts'),
    indexPlace: { url: undefined, folder: join(data, 'index') },
    logger: silentLogger,
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

/** @returns reads a range at a random place, and gives the milliseconds until its first byte */
async function rangeReader(
  session: ClientSession,
  network: NetworkSession,
  line: SlowLine,
): Promise<() => Promise<number>> {
  const { account, ownerKey } = await session.wallet();
  const peers: Pick<NetworkSession['peers'], 'bulkAddresses' | 'remember'> = {
    remember: () => undefined,
    async *bulkAddresses(provider, options) {
      for await (const { port } of network.peers.bulkAddresses(provider, options))
        yield { host: '127.0.0.1', port: await line.portTo(port) };
    },
  };
  const { evidence, market } = session;
  const access = new BulkTransfer({
    bulk: network.bulk,
    peers,
    chain: market.chain,
    account,
    clock: systemClock,
    evidence,
  });
  const { signal } = new AbortController();
  const { objectKey, holders, k } = await findObject(session, signal);
  return async () => {
    const from = randomInt(OBJECT_BYTES - RANGE_BYTES);
    const start = performance.now();
    const unseal = ownEnvelope(ownerKey.privateKey);
    const readable = await openForReading(access, {
      objectKey,
      holders,
      k,
      unseal,
      signal,
      onProgress: () => undefined,
    });
    let firstMs: number | undefined;
    for await (const _bytes of readable.bytes({ from, to: from + RANGE_BYTES }, 0))
      firstMs ??= performance.now() - start;
    if (firstMs === undefined) throw new Error('the range gave no bytes');
    return firstMs;
  };
}

async function findObject(session: ClientSession, signal: AbortSignal): Promise<Readable> {
  const directory = new ObjectDirectory({ session, clock: systemClock, logger: silentLogger });
  const { object } = await directory.find(OBJECT, { signal });
  const holders = await holdersOf(object.agreements, async (ids) => session.market.providers(ids));
  return { objectKey: object.objectKey, holders, k: object.entry?.k };
}

/** @returns the milliseconds of one ping */
async function pinger(
  addresses: readonly string[],
  line: SlowLine,
  closing: AsyncDisposableStack,
): Promise<() => Promise<number>> {
  const parts = addresses.map((text) => multiaddr(text).getComponents());
  const control = parts.find((components) => components.at(-1)?.name === 'p2p');
  const value = (name: string): string => control?.find((part) => part.name === name)?.value ?? '';
  const nodeKey = secp256k1.utils.randomSecretKey();
  const host = await createHost({
    nodeKey,
    listen: [],
    mode: 'client',
    bootstrap: [],
    devnet: true,
    logger: silentLogger,
  });
  closing.defer(async () => host.stop());
  const target = multiaddr(`/ip4/127.0.0.1/tcp/${await line.portTo(Number(value('tcp')))}/p2p/${value('p2p')}`);
  return async () => {
    const ms = await host.services.ping.ping(target);
    // One ping at a time: the other side closes its stream later.
    await sleep(10 * ONE_WAY_MS);
    return ms;
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}
