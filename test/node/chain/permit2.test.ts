import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { TypedDataEncoder } from 'ethers';
import { type Hex, encodeDeployData, getAddress, parseAbi } from 'viem';

import { writeAddressFile } from '../../../deploy/address-file.ts';
import { ARTIFACTS_DIR } from '../../../deploy/artifacts.ts';
import { deployMarket } from '../../../deploy/deploy-market.ts';
import { devnet } from '../../../deploy/parameters/devnet.ts';
import { openProvider } from '../../../deploy/rpc-provider.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { openChannelFromWallet, topUpChannelFromWallet } from '../../../node/chain/actions/fund-channel.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { readPermit2 } from '../../../node/chain/actions/read-permit2.ts';
import { connectChain } from '../../../node/chain/client.ts';
import { contractCall } from '../../../node/chain/contract-call.ts';
import { hashPermitTransfer, permitTransferTypes } from '../../../node/chain/permit2-data.ts';
import { tokenAbi } from '../../../node/chain/token-abi.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import type { Address } from '../../../node/market/messages.ts';
import { type TestChain, artifacts, startChain } from '../support/chain.ts';
import { PERMIT2, installPermit2 } from '../support/permit2.ts';
import { rejection } from '../support/rejection.ts';
import { TOKEN, senderOf } from './market-fixture.ts';

describe('signed transfers for Permit2', () => {
  const message = {
    permitted: { token: getAddress(`0x${'1'.repeat(40)}`), amount: 5n },
    spender: getAddress(`0x${'2'.repeat(40)}`),
    nonce: 2n ** 255n,
    deadline: 1_900_000_000n,
  };

  it('hash as ethers hashes them, in a domain without a version', () => {
    const types = Object.fromEntries(Object.entries(permitTransferTypes).map(([name, fields]) => [name, [...fields]]));
    expect(TypedDataEncoder.from(types).encodeType('PermitTransferFrom')).to.equal(
      'PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)',
    );
    const domain = { name: 'Permit2', chainId: 31_337, verifyingContract: PERMIT2 };
    expect(hashPermitTransfer({ chainId: 31_337, permit2: PERMIT2 }, message)).to.equal(
      TypedDataEncoder.hash(domain, types, message),
    );
  });
});

describe('deposits in a token without permits, on a chain with Permit2', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let folder: string;
  let sender: TxSender;

  before(async () => {
    chain = await startChain();
    folder = await mkdtemp(join(tmpdir(), 'stow-permit2-'));
    await installPermit2(chain);
    const token = await deployPlainToken();
    const provider = openProvider(chain.rpcUrl);
    const record = await deployMarket({ provider, parameters: devnet, confirmations: 1, token, artifacts });
    await writeAddressFile(folder, record);
    const view = await connectChain({ rpcUrl: chain.rpcUrl, deployments: folder });
    sender = senderOf(view, chain.accounts[0]!);
  });
  after(async () => {
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function deployPlainToken(): Promise<Address> {
    const path = join(ARTIFACTS_DIR, 'contracts/mocks/BlocklistToken.sol/BlocklistToken.json');
    const { bytecode } = JSON.parse(await readFile(path, 'utf8')) as { bytecode: Hex };
    const from = chain.accounts[0]!.address;
    const abi = parseAbi(['constructor(address holder, uint256 supply)']);
    const data = encodeDeployData({ abi, bytecode, args: [from, 1_000n * TOKEN] });
    const hash = await chain.rpc('eth_sendTransaction', { from, data });
    const receipt = (await chain.rpc('eth_getTransactionReceipt', hash)) as { contractAddress: Address };
    return receipt.contractAddress;
  }

  async function transactionsOf(work: () => Promise<unknown>): Promise<number> {
    const count = async (): Promise<number> => sender.view.client.getTransactionCount({ address: sender.address });
    const before = await count();
    await work();
    return (await count()) - before;
  }

  it('takes two transactions as long as Permit2 is not approved', async () => {
    expect(await readPermit2(sender.view, sender.address)).to.deep.equal({ permit2: PERMIT2, allowance: 0n });
    expect(await transactionsOf(async () => deposit(sender, { amount: 10n * TOKEN }))).to.equal(2);
    expect((await readBalances(sender.view, sender.address)).escrow).to.equal(10n * TOKEN);
  });

  it('takes one once it is, as often as one likes, up to the approval', async () => {
    const { token } = sender.view.deployment.contracts;
    const args = [PERMIT2, 100n * TOKEN] as const;
    await sender.send(
      contractCall('approve Permit2', { address: token, abi: tokenAbi, functionName: 'approve', args }),
    );
    expect(await transactionsOf(async () => deposit(sender, { amount: 30n * TOKEN }))).to.equal(1);
    expect(await transactionsOf(async () => deposit(sender, { amount: 70n * TOKEN }))).to.equal(1);
    expect((await readPermit2(sender.view, sender.address))?.allowance).to.equal(0n);
    expect((await readBalances(sender.view, sender.address)).escrow).to.equal(110n * TOKEN);
    expect(await transactionsOf(async () => deposit(sender, { amount: TOKEN }))).to.equal(2);
  });

  it('lets a channel be paid out of the wallet in one transaction, and after a deposit where it is not approved', async () => {
    // The market has no provider: both get as far as the channel itself, which says so, and only then.
    const wanted = { provider: 1, amount: TOKEN, expiry: 4_000_000_000, fromWallet: TOKEN };
    const held = async (): Promise<bigint> => (await readBalances(sender.view, sender.address)).escrow;
    const before = await held();
    const deposited = await rejection(openChannelFromWallet(sender, wanted));
    expect(deposited.code).to.equal('node-registry-unknown-provider');
    expect((await held()) - before).to.equal(TOKEN);
    const { token } = sender.view.deployment.contracts;
    const args = [PERMIT2, 100n * TOKEN] as const;
    await sender.send(
      contractCall('approve Permit2', { address: token, abi: tokenAbi, functionName: 'approve', args }),
    );
    const signed = await rejection(openChannelFromWallet(sender, wanted));
    expect(signed.code).to.equal('node-registry-unknown-provider');
    const foreign = { channel: 1n, amount: TOKEN, expiry: 4_000_000_000, fromWallet: TOKEN };
    expect((await rejection(topUpChannelFromWallet(sender, foreign))).code).to.equal(
      'retrieval-channels-not-the-client',
    );
    expect((await held()) - before).to.equal(TOKEN);
  });

  it('knows a market without Permit2', async () => {
    const view = await connectChain({ rpcUrl: chain.rpcUrl, deployments: chain.deploymentsDir });
    expect(await readPermit2(view, sender.address)).to.equal(undefined);
  });
});
