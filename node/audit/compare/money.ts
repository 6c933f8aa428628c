import { zeroAddress } from 'viem';

import { readContract } from '../../chain/contract-call.ts';
import { tokenAbi } from '../../chain/token-abi.ts';
import { LOCKERS } from '../replay/accounts.ts';
import type { MarketReplay } from '../replay/market-replay.ts';
import { sessionName } from '../replay/sessions.ts';
import type { Check, StateReader } from './reader.ts';

/** Accounts, locks and sessions. */
export function* moneyChecks(replay: MarketReplay, reader: StateReader): Generator<Check> {
  const { accounts, sessions } = replay;
  yield {
    subject: 'the escrow',
    replayed: { accounts: accounts.count },
    read: async () => ({ accounts: await reader.market('escrow', 'accountCount', []) }),
  };
  for (let account = 0; account < accounts.count; account += 1) {
    yield {
      subject: `account ${account}`,
      replayed: { owner: accounts.ownerOf(account) ?? zeroAddress, available: accounts.availableIn(account) },
      read: async () => {
        const [owner, available] = await reader.market('escrow', 'accounts', [account]);
        return { owner, available };
      },
    };
  }
  const { contracts } = reader.view.deployment;
  for (const [name, contract] of LOCKERS) {
    yield {
      subject: `the lock of ${name}`,
      replayed: { locked: accounts.lockedBy(name) },
      read: async () => ({ locked: await reader.market('escrow', 'lockedBy', [contracts[contract]]) }),
    };
  }
  for (const { owner, key, budget, expiry } of sessions.all()) {
    yield {
      subject: sessionName(owner, key),
      replayed: { budget, expiry },
      read: async () => {
        const [left, until] = await reader.market('escrow', 'sessions', [owner, key]);
        return { budget: left, expiry: until };
      },
    };
  }
}

/** Tokens that the token says the escrow has. */
export async function readHoldings(reader: StateReader): Promise<bigint> {
  const { token, escrow } = reader.view.deployment.contracts;
  return readContract(
    reader.view,
    "read the escrow's tokens",
    { address: token, abi: tokenAbi, functionName: 'balanceOf', args: [escrow], blockNumber: reader.block },
    reader.options,
  );
}
