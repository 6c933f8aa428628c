import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  hashRetrievalContract,
  signRetrievalContract,
  signVoucher,
  verifyRetrievalContract,
  verifyVoucher,
} from '../../node/chain/retrieval-data.ts';
import { SentVouchersFile } from '../../node/client/retrieval/sent-vouchers.ts';
import { systemClock } from '../../node/core/clock.ts';
import { silentLogger } from '../../node/core/logger.ts';
import { UNIT_BYTES, UNITS_PER_CELL } from '../../node/core/units.ts';
import { dialPolicy } from '../../node/network/address-policy.ts';
import { nodeIdentity } from '../../node/network/identity.ts';
import { readPaid } from '../../node/retrieval/read-paid.ts';
import { ReadPayer } from '../../node/retrieval/read-payer.ts';
import { BulkClient, type BulkPeer } from '../../node/transfer/bulk-client.ts';
import type { Holder } from '../../node/transfer/read/holder.ts';
import type { ShardAccess } from '../../node/transfer/read/shard-access.ts';
import { VerifiedReader } from '../../node/transfer/read/verified-reader.ts';
import { createTlsIdentity } from '../../node/transfer/tls-identity.ts';
import type { Row } from './reporter.ts';
import { CLIENT_KEY, SERVER_KEY, SIZE_BYTES } from './transport-common.ts';
import { CHANNEL, clientAccount, deployment, nodeAccount, NOW_S, PRICE, zeroShard } from './voucher-common.ts';

/** Odd, so that a median is a measurement. */
const ROUNDS = 7;
/** What a decoder asks for at once. */
const WINDOW_UNITS = 16 * UNITS_PER_CELL;
/** A paid read has to reach this share of the same free one. */
const LEAST_SHARE = 0.97;
const LEAST_VERIFIED_PER_S = 2_000;
const VERIFY_MS = 2_000;
const SECOND_MS = 1_000;
const SECOND_US = 1_000_000;

/** 256 MiB over loopback between two processes, every unit checked, free and paid by turns; medians. Vouchers are flushed to disk on both sides. */
export async function rows(): Promise<Row[]> {
  const server = fork(fileURLToPath(new URL('voucher-server.ts', import.meta.url)), { stdio: 'inherit' });
  const folder = mkdtempSync(join(tmpdir(), 'stow-bench-'));
  const scope = { chainId: 1, channels: '0x', client: clientAccount.address };
  const sent = new SentVouchersFile(join(folder, 'promised.sqlite'), scope);
  const client = new BulkClient({
    identity: await createTlsIdentity(nodeIdentity(CLIENT_KEY).privateKey),
    dial: dialPolicy('private'),
  });
  try {
    const [port] = (await once(server, 'message')) as [number];
    const peer = { peerId: nodeIdentity(SERVER_KEY).peerId, address: { host: '127.0.0.1', port } };
    const shard = await zeroShard();
    const provider = { id: 1, peerId: peer.peerId.toString(), addresses: [] };
    const holder: Holder = { shardIndex: 0, agreement: 1n, provider, root: shard.root, units: shard.units };
    const payer = payerOf(sent);
    const free: number[] = [];
    const paid: number[] = [];
    await timed(() => readAll(paidAccess(client, peer, payer), holder));
    for (let round = 0; round < ROUNDS; round++) {
      free.push(await timed(() => readAll(freeAccess(client, peer), holder)));
      paid.push(
        await timed(async () => {
          await readAll(paidAccess(client, peer, payer), holder);
          await payer.settle();
        }),
      );
    }
    const [freeRate, paidRate] = [rateOf(free), rateOf(paid)];
    return [
      { name: 'free read, every unit checked', ours: freeRate, unit: 'MB/s' },
      { name: 'the same, paid', ours: paidRate, unit: 'MB/s', bar: LEAST_SHARE * freeRate, limit: freeRate },
      {
        name: 'vouchers verified by one core',
        ours: await verifiedPerSecond(),
        unit: 'vouchers/s',
        bar: LEAST_VERIFIED_PER_S,
        better: 'more',
      },
    ];
  } finally {
    await client.close();
    sent.close();
    rmSync(folder, { recursive: true, force: true });
    server.disconnect();
    await once(server, 'exit');
  }
}

function payerOf(sent: SentVouchersFile): ReadPayer {
  let nonce = 0n;
  return new ReadPayer(
    {
      client: clientAccount.address,
      sent,
      channels: {
        to: () => Promise.resolve({ channel: CHANNEL, deposit: 10n ** 27n }),
        refused: () => undefined,
        depositOf: () => Promise.resolve(10n ** 27n),
      },
      ceilingOf: () => Promise.resolve(PRICE),
      nodeOf: () => nodeAccount.address,
      nowS: () => Promise.resolve(NOW_S),
      signVoucher: (voucher) => signVoucher(clientAccount, deployment, voucher),
      verifyVoucher: (voucher, signature, signer) => verifyVoucher(deployment, voucher, signature, signer),
      hashContract: (contract) => hashRetrievalContract(deployment, contract),
      signContract: (contract) => signRetrievalContract(clientAccount, deployment, contract),
      verifyContract: (contract, signature, signer) => verifyRetrievalContract(deployment, contract, signature, signer),
      nonce: () => ++nonce,
      clock: systemClock,
      logger: silentLogger,
    },
    { maxPricePerMiB: undefined },
  );
}

function freeAccess(client: BulkClient, peer: BulkPeer): ShardAccess {
  return {
    unitRoots: ({ root, units }) => client.unitRoots(peer, root, units),
    readUnits: ({ root }, from, count, options) => client.readUnits(peer, root, from, count, options),
  };
}

function paidAccess(client: BulkClient, peer: BulkPeer, payer: ReadPayer): ShardAccess {
  const ticket = clientAccount.address;
  return {
    unitRoots: ({ root, units }) => client.unitRoots(peer, root, units, { ticket }),
    readUnits: (holder, from, count, options) => {
      const { root } = holder;
      const desk = {
        offer: () => client.offer(peer, root, { ticket }),
        agree: (body: Uint8Array) => client.agree(peer, body),
        pay: (body: Uint8Array) => client.pay(peer, body),
      };
      const read = (contract: string | undefined): AsyncIterable<Uint8Array> =>
        client.readUnits(peer, root, from, count, { ...options, ticket, contract });
      return readPaid({ payer, desk, read, byteLength: count * UNIT_BYTES, clock: systemClock }, holder);
    },
    onChecked: (holder, byteLength) => payer.checked(holder, byteLength),
  };
}

async function readAll(access: ShardAccess, holder: Holder): Promise<void> {
  const { signal } = new AbortController();
  const reader = await VerifiedReader.open(access, holder, { signal });
  for (let from = 0; from < holder.units; from += WINDOW_UNITS)
    reader.release(await reader.readUnits(from, Math.min(WINDOW_UNITS, holder.units - from), { signal }));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

/** MB/s of the median. */
function rateOf(timesMs: readonly number[]): number {
  const median = timesMs.toSorted((a, b) => a - b)[Math.floor(timesMs.length / 2)] ?? Infinity;
  return SIZE_BYTES / 1e6 / (median / SECOND_MS);
}

async function verifiedPerSecond(): Promise<number> {
  const voucher = { channel: CHANNEL, amount: 10n ** 18n, readBytes: 2n ** 40n, firstByteMs: 85, kibPerSecond: 14 };
  const signature = await signVoucher(clientAccount, deployment, voucher);
  // Of the processor's time, as others may be at work on the same core.
  const before = process.cpuUsage();
  let verified = 0;
  for (const startedMs = performance.now(); performance.now() - startedMs < VERIFY_MS; verified++)
    if (!verifyVoucher(deployment, voucher, signature, clientAccount.address)) throw new Error('a good voucher failed');
  const { user, system } = process.cpuUsage(before);
  return verified / ((user + system) / SECOND_US);
}
