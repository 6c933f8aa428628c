import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';

import { devnet } from '../../../../deploy/parameters/devnet.ts';
import { SentVouchersFile } from '../../../../node/client/retrieval/sent-vouchers.ts';
import { nodeIdentity } from '../../../../node/network/identity.ts';
import { ProviderProcess } from '../../provider/support/provider-process.ts';
import { startChain, type TestChain } from '../../support/chain.ts';
import { type Client, clientOf } from './client.ts';

const MEBIBYTE = 1_048_576;
const CLIENT = 1;
/** Token wei for a MiB: `0.0001`. */
export const PRICE = 10n ** 14n;

/** What a whole read of so many bytes costs. `most`: with the header, and what pads the last stripe. */
export function costOfWhole(bytes: number): { least: bigint; most: bigint } {
  const least = (PRICE * BigInt(bytes)) / BigInt(MEBIBYTE);
  return { least, most: least + 2n * PRICE };
}

/** A real chain, one provider process that takes money for reads, and a client who keeps the object `data` there, one shard of one. */
export class PaidMarket {
  readonly folder: string;
  readonly chain: TestChain;
  readonly provider: ProviderProcess;
  readonly client: Client;
  readonly data: Buffer;
  providerId = 0;

  private constructor(init: { folder: string; chain: TestChain; provider: ProviderProcess; data: Buffer }) {
    this.folder = init.folder;
    this.chain = init.chain;
    this.provider = init.provider;
    this.data = init.data;
    this.client = clientOf(init.chain, init.folder, CLIENT);
  }

  /** @param periodBlocks long enough that nothing is proven meanwhile */
  static async open(init: { fileBytes: number; periodBlocks: number }): Promise<PaidMarket> {
    const folder = await mkdtemp(join(tmpdir(), 'stow-paid-'));
    const chain = await startChain({ blockMs: 200, periodBlocks: init.periodBlocks, parameters: devnet });
    const provider = await ProviderProcess.create(chain, chain.accounts[2]!, {
      'ask.retrieval-price-per-mib': '0.0001',
    });
    const market = new PaidMarket({ folder, chain, provider, data: randomBytes(init.fileBytes) });
    try {
      await market.#start();
    } catch (error) {
      await market.close();
      throw error;
    }
    return market;
  }

  async #start(): Promise<void> {
    const { chain, provider, client, folder } = this;
    await chain.rpc('hardhat_setBalance', nodeIdentity(provider.nodeKey).address, '0x8ac7230489e80000');
    this.providerId = (await provider.start()).provider;
    await writeFile(join(folder, 'data'), this.data);
    await client.must('wallet', 'deposit', '100');
    await client.must('put', join(folder, 'data'), '--name', 'data', '--code', '1/1', '--force');
  }

  async close(): Promise<void> {
    await this.provider.dispose();
    await this.chain.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The first row that the provider's ledger answers with; its file is read while it runs. */
  ledgerRow(sql: string): Record<string, SQLOutputValue> | undefined {
    const db = new DatabaseSync(join(this.provider.dataDir, 'ledger.sqlite'), { readOnly: true, timeout: 5_000 });
    try {
      return db.prepare(sql).get();
    } finally {
      db.close();
    }
  }

  /** Token wei that the provider can redeem over its one channel. */
  shown(): bigint {
    return BigInt(String(this.ledgerRow('SELECT amount FROM vouchers')?.['amount'] ?? 0));
  }

  /** Token wei that the client knows to have promised over a channel. */
  promised(channel: bigint): bigint {
    const { chainId, contracts } = this.chain.deployment;
    const scope = { chainId, channels: contracts.retrievalChannels, client: this.chain.accounts[CLIENT]!.address };
    const sent = new SentVouchersFile(join(this.client.env['STOWMARKET_HOME']!, 'data', 'payments.sqlite'), scope);
    const { amount } = sent.promised(channel);
    sent.close();
    return amount;
  }
}
