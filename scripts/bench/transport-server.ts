import { createServer as createHttp } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';
import { Readable } from 'node:stream';

import { silentLogger } from '../../node/core/logger.ts';
import { UNIT_BYTES } from '../../node/core/units.ts';
import { nodeIdentity } from '../../node/network/identity.ts';
import { BulkServer } from '../../node/transfer/bulk-server.ts';
import { createTlsIdentity } from '../../node/transfer/tls-identity.ts';
import { BENCH_ROOT, SERVER_KEY, SIZE_BYTES, zeros } from './transport-common.ts';

/** The other process of the transport benchmark: serves the same bytes by each transport and tells its parent the ports. */

async function listen(server: Server | ReturnType<typeof createHttp>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const tcp = createTcp((socket) => {
  socket.on('error', () => undefined);
  // The first byte says which way the bytes go.
  socket.once('data', (first) => {
    if (first[0] === 0x67) Readable.from(zeros(SIZE_BYTES)).pipe(socket);
    else socket.resume().on('end', () => socket.end('done'));
  });
});
const http = createHttp((request, response) => {
  if (request.method === 'GET') Readable.from(zeros(SIZE_BYTES)).pipe(response);
  else request.resume().on('end', () => response.end('done'));
});

const units = SIZE_BYTES / UNIT_BYTES;
const bulk = new BulkServer({
  identity: await createTlsIdentity(nodeIdentity(SERVER_KEY).privateKey),
  intake: {
    open: () =>
      Promise.resolve({
        maxBytes: SIZE_BYTES,
        write: () => Promise.resolve(),
        finish: () => Promise.resolve({ root: BENCH_ROOT, units }),
        abort: () => Promise.resolve(),
      }),
    state: () => Promise.resolve({ units: 0 }),
  },
  source: {
    units: () => Promise.resolve(units),
    unitRoots: () => Promise.resolve(new Uint8Array(32 * units)),
    readUnits: (_root, _from, count) => zeros(count * UNIT_BYTES),
  },
  authorize: () => Promise.resolve({ wallet: undefined, isExempt: false }),
  logger: silentLogger,
});

const { port } = await bulk.start({ host: '127.0.0.1', port: 0 });
process.send?.({ tcp: await listen(tcp), http: await listen(http), bulk: port });
process.once('disconnect', () => process.exit(0));
