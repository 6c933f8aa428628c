import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

import { dialPolicy } from '../../node/network/address-policy.ts';
import { nodeIdentity } from '../../node/network/identity.ts';
import { BulkClient, type BulkPeer } from '../../node/transfer/bulk-client.ts';
import { createTlsIdentity } from '../../node/transfer/tls-identity.ts';
import { UNIT_BYTES } from '../../node/core/units.ts';
import type { Row } from './reporter.ts';
import { BENCH_ROOT, CLIENT_KEY, SERVER_KEY, SIZE_BYTES, zeros } from './transport-common.ts';

interface Ports {
  tcp: number;
  http: number;
  bulk: number;
}

/** Odd, so that a median is a measurement. */
const ROUNDS = 5;

/**
 * One stream over loopback between two processes, 256 MiB, in MB/s (1e6 bytes): plain TCP, plain HTTP/1.1 and bulk transport,
 * each in both directions, in interleaved rounds; medians. No hashing and no disk on either side.
 */
export async function rows(): Promise<Row[]> {
  const server = fork(fileURLToPath(new URL('transport-server.ts', import.meta.url)), { stdio: 'inherit' });
  const client = new BulkClient({
    identity: await createTlsIdentity(nodeIdentity(CLIENT_KEY).privateKey),
    dial: dialPolicy('private'),
  });
  try {
    const medians = await measure(runs(await portsOf(server), client));
    const [tcpGet = 0, httpGet = 0, bulkGet = 0, tcpPut = 0, httpPut = 0, bulkPut = 0] = medians;
    return [
      { name: 'plain TCP, get', ours: tcpGet, unit: 'MB/s' },
      { name: 'bulk transport, get', ours: bulkGet, unit: 'MB/s', limit: tcpGet, peer: { 'plain HTTP/1.1': httpGet } },
      { name: 'plain TCP, put', ours: tcpPut, unit: 'MB/s' },
      { name: 'bulk transport, put', ours: bulkPut, unit: 'MB/s', limit: tcpPut, peer: { 'plain HTTP/1.1': httpPut } },
    ];
  } finally {
    await client.close();
    server.disconnect();
    await once(server, 'exit');
  }
}

function runs(ports: Ports, client: BulkClient): (() => Promise<void>)[] {
  const peer: BulkPeer = { peerId: nodeIdentity(SERVER_KEY).peerId, address: { host: '127.0.0.1', port: ports.bulk } };
  const units = SIZE_BYTES / UNIT_BYTES;
  return [
    () => getByTcp(ports.tcp),
    () => getByHttp(ports.http),
    () => expectBytes(client.readUnits(peer, BENCH_ROOT, 0, units)),
    () => putByTcp(ports.tcp),
    () => putByHttp(ports.http),
    async () => void (await client.putShard(peer, 'bench', zeros(SIZE_BYTES))),
  ];
}

async function measure(transports: readonly (() => Promise<void>)[]): Promise<number[]> {
  const rates = transports.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [index, run] of transports.entries()) {
      const start = performance.now();
      await run();
      // The first round warms up compilers and connections.
      if (round > 0) rates[index]?.push(SIZE_BYTES / 1e3 / (performance.now() - start));
    }
  }
  return rates.map((list) => Math.round(list.toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] ?? 0));
}

async function getByTcp(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.write('g');
  await expectBytes(socket);
}

async function putByTcp(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.write('p');
  const done = once(socket, 'data');
  await pipeline(Readable.from(zeros(SIZE_BYTES)), socket, { end: false });
  socket.end();
  await done;
}

async function getByHttp(port: number): Promise<void> {
  const call = get({ port, host: '127.0.0.1', path: '/' });
  const [response] = (await once(call, 'response')) as [AsyncIterable<Uint8Array>];
  await expectBytes(response);
}

async function putByHttp(port: number): Promise<void> {
  const call = request({ port, host: '127.0.0.1', path: '/', method: 'PUT' });
  const responded = once(call, 'response') as Promise<[Readable]>;
  await pipeline(Readable.from(zeros(SIZE_BYTES)), call);
  const [response] = await responded;
  await response.resume().toArray();
}

async function expectBytes(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  let received = 0;
  for await (const chunk of chunks) received += chunk.byteLength;
  if (received !== SIZE_BYTES) throw new Error(`${received} bytes came, not ${SIZE_BYTES}`);
}

async function portsOf(server: ChildProcess): Promise<Ports> {
  const [ports] = (await once(server, 'message')) as [Ports];
  return ports;
}
