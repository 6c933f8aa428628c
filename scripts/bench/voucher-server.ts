import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  hashRetrievalContract,
  signRetrievalContract,
  verifyRetrievalContract,
  verifyVoucher,
} from '../../node/chain/retrieval-data.ts';
import { systemClock } from '../../node/core/clock.ts';
import { silentLogger } from '../../node/core/logger.ts';
import { UNIT_BYTES } from '../../node/core/units.ts';
import type { Address } from '../../node/market/messages.ts';
import { nodeIdentity } from '../../node/network/identity.ts';
import { Ledger } from '../../node/provider/ledger/ledger.ts';
import { Allowance } from '../../node/retrieval/allowance.ts';
import { PaidReads } from '../../node/retrieval/paid-reads.ts';
import { ReadBook } from '../../node/retrieval/read-book.ts';
import { BulkServer } from '../../node/transfer/bulk-server.ts';
import { createTlsIdentity } from '../../node/transfer/tls-identity.ts';
import { SERVER_KEY, zeros } from './transport-common.ts';
import { CHANNEL, clientAccount, deployment, nodeAccount, NOW_S, PRICE, zeroShard } from './voucher-common.ts';

/** The provider of the benchmark of paid reads: real sockets, a real ledger on disk, no chain. Whoever shows no ticket reads for nothing. */
const folder = mkdtempSync(join(tmpdir(), 'stow-bench-'));
const ledger = new Ledger(join(folder, 'ledger.sqlite'));
const { unitRoots, units } = await zeroShard();
const nowS = (): number => NOW_S;
ledger.channels.put({
  channel: CHANNEL,
  client: clientAccount.address,
  deposit: 10n ** 27n,
  redeemed: 0n,
  expiry: NOW_S + 86_400,
  closesAt: undefined,
  closed: false,
});
const book = new ReadBook({ kept: ledger.reads, clock: systemClock, logger: silentLogger });
const payments = new PaidReads(
  {
    channels: { find: (channel) => ledger.channels.get(channel), sync: () => Promise.resolve() },
    vouchers: ledger.vouchers,
    allowance: new Allowance({ nowS, book }, { bytesPerDay: 0n }),
    book,
    hasAgreedToEnd: (channel) => (ledger.channels.consentUntil(channel) ?? 0) >= NOW_S,
    nowS,
    hashContract: (contract) => hashRetrievalContract(deployment, contract),
    verifyContract: (contract, signature, signer) => verifyRetrievalContract(deployment, contract, signature, signer),
    signContract: (contract) => signRetrievalContract(nodeAccount, deployment, contract),
    verifyVoucher: (voucher, signature, client) => verifyVoucher(deployment, voucher, signature, client),
    pricePerMiB: () => PRICE,
    clock: systemClock,
    channelsOf: () => [],
    logger: silentLogger,
  },
  { maxContractBytes: 2n ** 40n, maxReads: 32, disputeSeconds: 0 },
);
const server = new BulkServer({
  identity: await createTlsIdentity(nodeIdentity(SERVER_KEY).privateKey),
  intake: {
    open: () => Promise.reject(new Error('nothing is uploaded here')),
    state: () => Promise.resolve({ units: 0 }),
  },
  source: {
    units: () => Promise.resolve(units),
    unitRoots: () => Promise.resolve(unitRoots),
    readUnits: (_root, _from, count) => zeros(count * UNIT_BYTES),
  },
  authorize: ({ ticket }) => Promise.resolve({ wallet: ticket as Address | undefined, isExempt: ticket === undefined }),
  payments,
  logger: silentLogger,
});

const { port } = await server.start({ host: '127.0.0.1', port: 0 });
process.send?.(port);
process.once('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
