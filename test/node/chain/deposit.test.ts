import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import { type Hex, encodeDeployData, parseAbi } from 'viem';

import { writeAddressFile } from '../../../deploy/address-file.ts';
import { ARTIFACTS_DIR } from '../../../deploy/artifacts.ts';
import { deployMarket } from '../../../deploy/deploy-market.ts';
import { devnet } from '../../../deploy/parameters/devnet.ts';
import { openProvider } from '../../../deploy/rpc-provider.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { readBalances } from '../../../node/chain/actions/read-balances.ts';
import { connectChain } from '../../../node/chain/client.ts';
import { messageOf } from '../../../node/core/errors.ts';
import type { Address } from '../../../node/market/messages.ts';
import { type TestChain, artifacts, startChain } from '../support/chain.ts';
import { TOKEN, senderOf } from './market-fixture.ts';

describe('a market in a token of its own', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let chain: TestChain;
  let folder: string;

  before(async () => {
    chain = await startChain();
    folder = await mkdtemp(join(tmpdir(), 'stow-token-'));
  });
  after(async () => {
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** An ERC-20 token without permits, all of it the first account's. */
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

  it('deposits with an approval where the token has no permits', async () => {
    const provider = openProvider(chain.rpcUrl);
    const token = await deployPlainToken();
    const record = await deployMarket({ provider, parameters: devnet, confirmations: 1, token, artifacts });
    expect(record.contracts.token.toLowerCase()).to.equal(token.toLowerCase());
    await writeAddressFile(folder, record);
    const view = await connectChain({ rpcUrl: chain.rpcUrl, deployments: folder });
    const sender = senderOf(view, chain.accounts[0]!);
    await deposit(sender, { amount: 300n * TOKEN });
    const balances = await readBalances(view, sender.address);
    expect(balances).to.include({ escrow: 300n * TOKEN, wallet: 700n * TOKEN });
  });

  it('refuses what is no token, and tokens of other decimals', async () => {
    const provider = openProvider(chain.rpcUrl);
    const deployed = async (token: Address): Promise<string> =>
      deployMarket({ provider, parameters: devnet, confirmations: 1, token, artifacts }).then(
        () => 'deployed',
        messageOf,
      );
    expect(await deployed(chain.accounts[3]!.address)).to.contain('no ERC-20 token');
    expect(await deployed(chain.deployment.contracts.escrow)).to.contain('no ERC-20 token');
    // PUSH1 6, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN: answers 6 to everything.
    const six = `0x${'ab'.repeat(20)}` as const;
    await chain.rpc('hardhat_setCode', six, '0x60065f5260205ff3');
    expect(await deployed(six)).to.contain('has 6 decimals');
  });
});
