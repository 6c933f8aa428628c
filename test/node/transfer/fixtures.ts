import { createHash, randomBytes } from 'node:crypto';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import type { PeerId } from '@libp2p/interface';

import { ExitCode, isStowError, StowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { UNIT_BYTES } from '../../../node/core/units.ts';
import { dialPolicy } from '../../../node/network/address-policy.ts';
import { nodeIdentity, type NodeIdentity } from '../../../node/network/identity.ts';
import { BulkClient, type BulkPeer } from '../../../node/transfer/bulk-client.ts';
import { BulkServer } from '../../../node/transfer/bulk-server.ts';
import type { Payments } from '../../../node/transfer/payments.ts';
import { PROGRESS_LIMITS, type ProgressLimits } from '../../../node/transfer/progress-guard.ts';
import type { Authorize, ShardSource } from '../../../node/transfer/read-handler.ts';
import { createTlsIdentity } from '../../../node/transfer/tls-identity.ts';
import type { ShardIntake, ShardSink } from '../../../node/transfer/upload-handler.ts';

export function newIdentity(): NodeIdentity {
  return nodeIdentity(secp256k1.utils.randomSecretKey());
}

export async function failureOf(promise: Promise<unknown>): Promise<StowError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isStowError(error)) throw new Error(`expected a StowError, got ${String(error)}`);
  return error;
}

/** Counts and hashes what is uploaded; keeps nothing. */
export class CountingIntake implements ShardIntake {
  maxBytes = 2 ** 40;
  readonly aborted: unknown[] = [];
  /** Units that came in uploads which broke off and may be gone on with. */
  readonly keptAfter: number[] = [];
  readonly peers: PeerId[] = [];
  blocks = 0;
  /** Set to hold up every write. */
  gate: Promise<void> | undefined;

  open(reservationId: string, remotePeer: PeerId): Promise<ShardSink> {
    if (reservationId === 'unknown') {
      const error = { code: 'reservation-unknown', message: 'no such reservation', hint: 'reserve first' };
      return Promise.reject(new StowError({ ...error, exitCode: ExitCode.notFound }));
    }
    this.peers.push(remotePeer);
    const hash = createHash('sha256');
    let units = 0;
    return Promise.resolve({
      maxBytes: this.maxBytes,
      write: async (block) => {
        if (block.byteLength % UNIT_BYTES !== 0) throw new Error(`${block.byteLength} bytes are not whole units`);
        await this.gate;
        hash.update(block);
        units += block.byteLength / UNIT_BYTES;
        this.blocks++;
      },
      finish: () => Promise.resolve({ root: Uint8Array.from(hash.digest()), units }),
      abort: (reason, { keep }) => {
        this.aborted.push(reason);
        if (keep) this.keptAfter.push(units);
        return Promise.resolve();
      },
    });
  }

  state(): Promise<{ units: number }> {
    return Promise.resolve({ units: this.keptAfter.at(-1) ?? 0 });
  }
}

/** One shard in memory, or a generated one of any length. */
export class OneShard implements ShardSource {
  readonly root: Uint8Array;
  readonly count: number;
  readonly block: Uint8Array;
  readonly unitRootList: Uint8Array;
  closed = 0;
  /** Called before each unit is handed out. */
  beforeUnit: (unit: number) => Promise<void> | void = () => undefined;

  /** Changes bytes on their way to a reader. */
  change: (unit: number, bytes: Uint8Array) => void = () => undefined;

  constructor(count: number, unitRootList?: Uint8Array, given: { root?: Uint8Array; block?: Uint8Array } = {}) {
    this.count = count;
    this.root = given.root ?? Uint8Array.from(randomBytes(32));
    this.block = given.block ?? Uint8Array.from(randomBytes(UNIT_BYTES));
    this.unitRootList = unitRootList ?? new Uint8Array(32 * count).fill(7);
  }

  units(root: Uint8Array): Promise<number | undefined> {
    return Promise.resolve(Buffer.compare(root, this.root) === 0 ? this.count : undefined);
  }

  unitRoots(): Promise<Uint8Array> {
    return Promise.resolve(this.unitRootList);
  }

  async *readUnits(_root: Uint8Array, from: number, count: number): AsyncIterable<Uint8Array> {
    try {
      for (let unit = from; unit < from + count; unit++) {
        await this.beforeUnit(unit);
        const bytes = this.unit(unit);
        this.change(unit, bytes);
        yield bytes;
      }
    } finally {
      this.closed++;
    }
  }

  unit(index: number): Uint8Array {
    const bytes = Uint8Array.from(this.block);
    new DataView(bytes.buffer).setUint32(0, index);
    return bytes;
  }
}

export interface Pair {
  server: BulkServer;
  client: BulkClient;
  peer: BulkPeer;
  clientPeerId: PeerId;
  intake: CountingIntake;
  source: OneShard;
  stop(): Promise<void>;
}

export async function startPair(
  init: {
    units?: number;
    authorize?: Authorize;
    source?: OneShard;
    payments?: Payments;
    progress?: ProgressLimits;
    maxReadsPerReader?: number;
  } = {},
): Promise<Pair> {
  const progress = init.progress ?? PROGRESS_LIMITS;
  const [serverId, clientId] = [newIdentity(), newIdentity()];
  const intake = new CountingIntake();
  const source = init.source ?? new OneShard(init.units ?? 16);
  const server = new BulkServer(
    {
      identity: await createTlsIdentity(serverId.privateKey),
      intake,
      source,
      authorize: init.authorize ?? (() => Promise.resolve({ wallet: undefined, isExempt: false })),
      payments: init.payments,
      logger: silentLogger,
    },
    { progress, maxReadsPerReader: init.maxReadsPerReader },
  );
  const address = await server.start({ host: '127.0.0.1', port: 0 });
  const client = new BulkClient({
    identity: await createTlsIdentity(clientId.privateKey),
    dial: dialPolicy('private'),
    progress,
  });
  const peer = { peerId: serverId.peerId, address };
  const stop = async (): Promise<void> => {
    await client.close();
    await server.stop();
  };
  return { server, client, peer, clientPeerId: clientId.peerId, intake, source, stop };
}

/** `count` units of which each chunk reuses the memory of the one before, as encoders do. */
export async function* reusedUnits(count: number, chunkUnits = 4): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(chunkUnits * UNIT_BYTES);
  for (let unit = 0; unit < count; unit += chunkUnits) {
    memory.fill(unit & 0xff);
    yield memory.subarray(0, Math.min(chunkUnits, count - unit) * UNIT_BYTES);
    memory.fill(0xee);
  }
}

export async function drain(blocks: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const block of blocks) bytes += block.byteLength;
  return bytes;
}

/** A TCP proxy in front of a server, whose connections can be cut like those of a killed process. */
export async function startProxy(target: {
  host: string;
  port: number;
}): Promise<{ port: number; cut(): void; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(target);
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  const stop = async (): Promise<void> => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, cut, stop };
}
