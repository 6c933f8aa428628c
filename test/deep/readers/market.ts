import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { zeroAddress } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { devnet } from '../../../deploy/parameters/devnet.ts';
import { escrowAbi } from '../../../node/chain/abi/escrow.ts';
import { openChannel } from '../../../node/chain/actions/open-channel.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import { share } from '../../../node/chain/actions/share.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import { contractCall } from '../../../node/chain/contract-call.ts';
import { tokenAbi } from '../../../node/chain/token-abi.ts';
import { mapLimited } from '../../../node/client/session/map-limited.ts';
import { nodeIdentity } from '../../../node/network/identity.ts';
import { connect, senderOf, TOKEN } from '../../node/chain/market-fixture.ts';
import { ProviderProcess, type Ready } from '../../node/provider/support/provider-process.ts';
import { TestClient } from '../../node/provider/support/test-client.ts';
import { startChain, type TestChain } from '../../node/support/chain.ts';
import type { Order, ReaderSpec } from './messages.ts';
import type { Account } from './money.ts';

/** Token wei for a MiB: odd, so that hardly an amount comes out even. */
export const PRICE = 100_000_000_000_003n;
const PRICE_TOKENS = '0.000100000000000003';
/** 32 MiB: windows at random places of it are not all the same few. */
const SHARD_UNITS = 512;
/** Behind each channel: 10,000 MiB, more than one of many readers gets in hours. */
const DEPOSIT = TOKEN;
const DISPUTE_S = 600;
const SET_UP_BLOCK_MS = 200;
/** From then on the chain's clock runs like any other. */
const BLOCK_MS = 1_000;
/** No period ends while this runs, so that no rent is settled between two looks at the purses. */
const PERIOD_BLOCKS = 50_000;
const WEEK_S = 7 * 86_400;
const AT_ONCE = 16;
const GAS_WEI = '0x8ac7230489e80000';

export interface Market {
  readonly chain: TestChain;
  readonly view: ChainView;
  readonly provider: ProviderProcess;
  readonly ready: Ready;
  readonly shard: Order['shard'];
}

/** A chain, a provider in a process of its own, and a shard at it that everybody may read, who pays. */
export async function openMarket(folder: string): Promise<Market> {
  const channels = { ...devnet.channels, disputeSeconds: DISPUTE_S };
  const parameters = { ...devnet, channels };
  const chain = await startChain({ blockMs: SET_UP_BLOCK_MS, periodBlocks: PERIOD_BLOCKS, parameters });
  const view = await connect(chain);
  const [, owner, operator] = chain.accounts as [never, TestChain['accounts'][0], TestChain['accounts'][0]];
  const provider = await ProviderProcess.create(chain, operator, {
    'ask.retrieval-price-per-mib': PRICE_TOKENS,
    // So that vouchers are redeemed while the readers go on.
    'duties.redeem-above': '0.05',
  });
  await chain.rpc('hardhat_setBalance', nodeIdentity(provider.nodeKey).address, GAS_WEI);
  const ready = await provider.start();
  const client = await TestClient.open(chain, owner);
  await client.deposit(10_000n * TOKEN);
  const placed = await client.place(ready, SHARD_UNITS);
  const agreement = await client.form(await client.sign(ready, placed));
  await client.close();
  await provider.until('the agreement was seen', ({ agreements }) => agreements.active === 1);
  const file = join(folder, 'shard');
  await writeFile(file, placed.shard);
  const until = (await readChainTime(view)).seconds + WEEK_S;
  await share(senderOf(view, owner), { objectKey: placed.objectKey, reader: zeroAddress, until, envelope: '0x01' });
  const shard = { agreement: String(agreement), root: placed.root, units: SHARD_UNITS, file };
  return { chain, view, provider, ready, shard };
}

/** Wallets with a deposit each, on the chain and in the escrow. */
export async function fundReaders(
  { chain, view }: Market,
  count: number,
): Promise<(Pick<Account, 'sender'> & Pick<ReaderSpec, 'key'>)[]> {
  const { contracts } = view.deployment;
  const purse = senderOf(view, chain.accounts[1]!);
  await chain.rpc('evm_setAutomine', true);
  const amount = DEPOSIT * BigInt(count);
  const token = { address: contracts.token, abi: tokenAbi } as const;
  await purse.send(contractCall('approve', { ...token, functionName: 'approve', args: [contracts.escrow, amount] }));
  const keys = Array.from({ length: count }, () => generatePrivateKey());
  const funded = await mapLimited(keys, AT_ONCE, async (key) => {
    const account = privateKeyToAccount(key);
    await chain.rpc('hardhat_setBalance', account.address, GAS_WEI);
    const escrow = { address: contracts.escrow, abi: escrowAbi } as const;
    const args = [account.address, DEPOSIT] as const;
    await purse.send(contractCall('deposit', { ...escrow, functionName: 'deposit', args }));
    return { key, sender: senderOf(view, account) };
  });
  return funded;
}

/** A channel to the provider for each. Afterwards blocks come by the clock. */
export async function openChannels(
  { chain, view, ready }: Market,
  readers: Awaited<ReturnType<typeof fundReaders>>,
): Promise<(Account & { readonly spec: ReaderSpec })[]> {
  const expiry = (await readChainTime(view)).seconds + WEEK_S;
  const opened = await mapLimited(readers, AT_ONCE, async ({ key, sender }) => {
    const { channel } = await openChannel(sender, { provider: ready.provider, amount: DEPOSIT, expiry });
    return { sender, channel, spec: { key, channel: String(channel), deposit: String(DEPOSIT) } };
  });
  await chain.rpc('evm_setAutomine', false);
  await chain.rpc('evm_setIntervalMining', BLOCK_MS);
  return opened;
}
