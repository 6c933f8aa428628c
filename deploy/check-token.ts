import { type Address, decodeFunctionResult, encodeFunctionData, erc20Abi, isHex } from 'viem';

import type { RpcProvider } from './rpc-provider.ts';

/** Prices are told and reckoned in tokens of so many places, everywhere. */
const TOKEN_DECIMALS = 18;

/** Throws unless the address is an ERC-20 token of 18 decimals. What else it does (fees, lists of blocked accounts) cannot be seen from outside. */
export async function requireUsableToken(provider: RpcProvider, token: Address): Promise<void> {
  const decimals = await readDecimals(provider, token);
  if (decimals === TOKEN_DECIMALS) return;
  throw new Error(
    decimals === undefined
      ? `there is no ERC-20 token at ${token}: check the address and the chain`
      : `the token at ${token} has ${decimals} decimals, and the market reckons with ${TOKEN_DECIMALS}: trade in another one`,
  );
}

async function readDecimals(provider: RpcProvider, token: Address): Promise<number | undefined> {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'decimals' });
  try {
    const answer = await provider.request({ method: 'eth_call', params: [{ to: token, data }, 'latest'] });
    if (!isHex(answer)) return undefined;
    return decodeFunctionResult({ abi: erc20Abi, functionName: 'decimals', data: answer });
  } catch {
    // A revert, or an account without code, whose empty answer does not decode.
    return undefined;
  }
}
