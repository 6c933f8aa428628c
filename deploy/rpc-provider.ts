/* oxlint-disable typescript/no-unsafe-type-assertion -- JSON-RPC answers and compiled artifacts have no types; a wrong one fails the checks that follow. */
import { type Hex, createPublicClient, createWalletClient, defineChain, hexToBigInt, hexToNumber, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

/** A JSON-RPC endpoint as Ignition and the checks after it use it. */
export interface RpcProvider {
  request(call: { method: string; params?: readonly unknown[] | object }): Promise<unknown>;
}

/** What Ignition sends: hex quantities, always a creation or a call with gas and nonce set. */
interface SentTransaction {
  to?: Hex;
  data?: Hex;
  value?: Hex;
  nonce?: Hex;
  gas?: Hex;
  maxFeePerGas?: Hex;
  maxPriorityFeePerGas?: Hex;
}

/** An endpoint that holds keys of its own, as a Hardhat node does. */
export function openProvider(rpcUrl: string): RpcProvider {
  const client = createPublicClient({ transport: http(rpcUrl) });
  return { request: async (call) => client.request(call as never) };
}

/** An endpoint for which transactions are signed here, with a key that never leaves this process. */
export async function signingProvider(rpcUrl: string, privateKey: Hex): Promise<RpcProvider> {
  const account = privateKeyToAccount(privateKey);
  const open = openProvider(rpcUrl);
  const id = hexToNumber((await open.request({ method: 'eth_chainId', params: [] })) as Hex);
  const chain = defineChain({
    id,
    name: `chain ${id}`,
    nativeCurrency: { name: 'native coin', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
  const wallet = createWalletClient({ account, chain, transport: http(rpcUrl) });
  return {
    request: async (call) => {
      if (call.method === 'eth_accounts') return [account.address];
      if (call.method !== 'eth_sendTransaction') return open.request(call);
      const [sent] = call.params as [SentTransaction];
      const serialized = await wallet.signTransaction({
        type: 'eip1559',
        to: sent.to ?? null,
        ...(sent.data === undefined ? {} : { data: sent.data }),
        value: quantity(sent.value) ?? 0n,
        nonce: Number(quantity(sent.nonce)),
        gas: quantity(sent.gas) ?? 0n,
        maxFeePerGas: quantity(sent.maxFeePerGas) ?? 0n,
        maxPriorityFeePerGas: quantity(sent.maxPriorityFeePerGas) ?? 0n,
      });
      return wallet.sendRawTransaction({ serializedTransaction: serialized });
    },
  };
}

function quantity(hex: Hex | undefined): bigint | undefined {
  return hex === undefined ? undefined : hexToBigInt(hex);
}
