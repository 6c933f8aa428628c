import { verifyTypedData } from 'viem/actions';

import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { readIsNonceUsed } from '../../chain/actions/read-is-nonce-used.ts';
import { abortable } from '../../chain/abortable.ts';
import type { ChainView } from '../../chain/client.ts';
import { toChainError } from '../../chain/errors.ts';
import type { MarketIndex } from '../../chain/market-index.ts';
import { agreementBatchTypes, agreementsDomain, verifyAgreement } from '../../chain/typed-data.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Hex, StorageAgreement } from '../../market/messages.ts';
import { quote, type Quote } from '../../market/quote.ts';
import type { MarketTerms } from '../market-view.ts';
import type { AgreementBatch } from './batch-document.ts';

export interface CheckComponents {
  chain: ChainView;
  index: Pick<MarketIndex, 'providers'>;
  terms: MarketTerms;
}

/** What a batch comes to, looked at against the chain. */
export interface CheckedBatch extends AgreementBatch {
  readonly quote: Quote;
  /** Unix seconds until which it can be formed. */
  readonly deadline: number;
  /** Until then, seconds of the chain's clock. */
  readonly secondsLeft: number;
}

/**
 * Looks whether a batch can still be formed: its providers signed, its time is not over, its nonces are free, and the client's signature,
 * where there is one, is the client's.
 * @throws StowError `batch-expired`, `batch-used`, `batch-bad-signature`, those of the chain
 */
export async function checkBatch(
  { chain, index, terms }: CheckComponents,
  batch: AgreementBatch,
  options: { signal: AbortSignal },
): Promise<CheckedBatch> {
  const { client, agreements, providerSignatures, clientSignature } = batch;
  const deadline = Math.min(...agreements.map((agreement) => Number(agreement.deadline)));
  const { seconds } = await readChainTime(chain, options);
  if (deadline < seconds) throw expired(seconds - deadline);
  const providers = await index.providers(agreements.map(({ provider }) => provider));
  for (const [i, agreement] of agreements.entries()) {
    const row = providers.get(agreement.provider);
    const signed =
      row !== undefined &&
      (await verifyAgreement(chain.deployment, agreement, providerSignatures[i] ?? '0x', row.nodeAddress));
    if (!signed) throw badSignature(`shard ${agreement.shardIndex}'s is not that of provider ${agreement.provider}`);
    if (await readIsNonceUsed(chain, client, agreement.nonce, options)) throw used(agreement);
  }
  if (clientSignature !== undefined && !(await isClients(chain, batch, clientSignature, options.signal)))
    throw badSignature(`the client's is not that of ${client} over these agreements`);
  return { ...batch, quote: quote({ shards: agreements, ...terms }), deadline, secondsLeft: deadline - seconds };
}

/** By the key of the address, or by the contract that stands there (ERC-1271). */
async function isClients(
  { client, deployment }: ChainView,
  batch: AgreementBatch,
  signature: Hex,
  signal: AbortSignal,
): Promise<boolean> {
  const verifying = verifyTypedData(client, {
    address: batch.client,
    domain: agreementsDomain(deployment),
    types: agreementBatchTypes,
    primaryType: 'AgreementBatch',
    message: { agreements: batch.agreements },
    signature,
  });
  try {
    return await abortable(verifying, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw toChainError(error, "check the client's signature");
  }
}

function expired(seconds: number): StowError {
  return new StowError({
    code: 'batch-expired',
    message: `these agreements could be formed until ${seconds} seconds ago; the providers keep the shards no longer, and nothing was paid`,
    hint: 'store the object again: `stowmarket put FILE --export agreements.json`',
  });
}

function used({ client, nonce }: StorageAgreement): StowError {
  return new StowError({
    code: 'batch-used',
    message: `these agreements were formed already, or ${client} revoked them: nonce ${nonce} is used`,
    hint: '`stowmarket agreements` shows what was formed',
  });
}

function badSignature(which: string): StowError {
  return new StowError({
    code: 'batch-bad-signature',
    message: `a signature is wrong: ${which}; nothing was sent`,
    hint: "sign the file's typedData as it is, with the client's wallet; a changed file has to be exported again",
    exitCode: ExitCode.integrity,
  });
}
