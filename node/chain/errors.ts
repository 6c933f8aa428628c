import {
  BaseError,
  ContractFunctionRevertedError,
  type Hex,
  HttpRequestError,
  InsufficientFundsError,
  TimeoutError,
  WebSocketRequestError,
  decodeErrorResult,
  isHex,
} from 'viem';

import { ExitCode, StowError, messageOf } from '../core/errors.ts';
import { agreementsSentences } from './errors/agreements.ts';
import { auditsSentences } from './errors/audits.ts';
import { catalogSentences } from './errors/catalog.ts';
import { collateralSentences, reputationSentences } from './errors/collateral.ts';
import { demandsSentences } from './errors/demands.ts';
import { escrowSentences } from './errors/escrow.ts';
import { nodeRegistrySentences } from './errors/node-registry.ts';
import { orderBookSentences } from './errors/order-book.ts';
import { possessionProofsSentences, randomnessSentences } from './errors/possession-proofs.ts';
import { priceIndexSentences } from './errors/price-index.ts';
import { repairSentences } from './errors/repairs.ts';
import { retrievalChannelsSentences } from './errors/retrieval-channels.ts';
import type { Sentence } from './errors/sentence.ts';
import { tokenSentences } from './errors/token.ts';
import { marketErrors } from './market-abi.ts';

/** The sentence of every custom error, by its name on chain. Names carry their contract, so one table serves all. */
const sentences: ReadonlyMap<string, (args: never) => Sentence> = new Map(
  [
    agreementsSentences,
    auditsSentences,
    collateralSentences,
    escrowSentences,
    nodeRegistrySentences,
    orderBookSentences,
    possessionProofsSentences,
    priceIndexSentences,
    repairSentences,
    retrievalChannelsSentences,
    demandsSentences,
    catalogSentences,
    randomnessSentences,
    reputationSentences,
    tokenSentences,
  ].flatMap((table) => Object.entries<(args: never) => Sentence>(table)),
);

/** Stable code of a custom error: `Escrow_InsufficientBalance` becomes `escrow-insufficient-balance`. */
export function errorCodeOf(errorName: string): string {
  return errorName
    .replace('_', '-')
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

/**
 * What a failed call means to its caller.
 * @param doing what was being tried, as it reads after "could not": `prove period 7`
 */
export function toChainError(error: unknown, doing: string): StowError {
  if (error instanceof StowError) return error;
  const data = revertDataOf(error);
  if (data !== undefined) return revertError(data, doing, error);
  if (!(error instanceof BaseError)) return chainFailed(doing, error);
  const unreachable = error.walk(isTransportError);
  if (unreachable !== null) return chainUnreachable(originOf(unreachable), unreachable);
  if (
    error.walk((cause) => cause instanceof InsufficientFundsError) !== null ||
    /insufficient funds|doesn't have enough funds/i.test(error.message)
  ) {
    return gasFunds(doing, summaryOf(error));
  }
  return chainFailed(doing, error);
}

/** A wallet that has too little of the chain's own coin. */
export function gasFunds(doing: string, cause?: Error): StowError {
  return new StowError({
    code: 'gas-funds',
    message: `could not ${doing}: the wallet cannot pay the network's fee`,
    hint: "send some of the chain's own coin to the wallet",
    exitCode: ExitCode.funds,
    cause,
  });
}

/** A chain that does not answer. `origin` is scheme, host and port: the rest of the URL may hold an access key. */
export function chainUnreachable(origin: string, cause: unknown): StowError {
  return new StowError({
    code: 'chain-unreachable',
    message: `the chain at ${origin} does not answer: ${cause instanceof BaseError ? cause.details || cause.shortMessage : messageOf(cause)}`,
    hint: 'check that the chain runs and that chain.rpc-url names it',
    retryable: true,
    cause: summaryOf(cause),
  });
}

/** Scheme, host and port of a URL, without the path and query that may hold an access key. */
export function originOfUrl(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : 'an unreadable URL';
}

/** The sentence for revert data that a call returned; for data of no known error, the data itself. */
export function revertError(data: Hex, doing: string, cause?: unknown): StowError {
  const decoded = decodeRevert(data);
  const sentence = decoded === undefined ? undefined : sentences.get(decoded.name);
  if (decoded === undefined || sentence === undefined) {
    return new StowError({
      code: 'call-reverted',
      message: `could not ${doing}: the contract refused with ${decoded?.text ?? (data === '0x' ? 'no reason' : data)}`,
      hint: 'check that the address file belongs to the chain that is configured, and to this version',
      cause: cause === undefined ? undefined : summaryOf(cause),
    });
  }
  // The table is typed by the ABI that the values were just decoded with.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { message, hint, exitCode, retryable } = sentence(decoded.args as never);
  return new StowError({
    code: errorCodeOf(decoded.name),
    message: `could not ${doing}: ${message}`,
    hint,
    exitCode,
    retryable,
    cause: cause === undefined ? undefined : summaryOf(cause),
  });
}

function decodeRevert(data: Hex): { name: string; args: readonly unknown[]; text: string } | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi: marketErrors, data });
    const values: readonly unknown[] = args ?? [];
    return { name: errorName, args: values, text: `${errorName}(${values.map(String).join(', ')})` };
  } catch {
    return undefined;
  }
}

/** Revert data that came with a failed call, wherever the node and the library put it; undefined when it did not revert. */
function revertDataOf(error: unknown): Hex | undefined {
  if (!(error instanceof BaseError)) return undefined;
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError && reverted.raw !== undefined) return reverted.raw;
  let found: Hex | undefined;
  error.walk((cause) => {
    found = dataFieldOf(cause);
    return found !== undefined;
  });
  return found;
}

/** Nodes answer with `data: "0x…"`, or with an object that holds it (Hardhat, some hosted nodes). */
function dataFieldOf(cause: unknown): Hex | undefined {
  if (typeof cause !== 'object' || cause === null || !('data' in cause)) return undefined;
  const { data } = cause;
  if (isHex(data)) return data;
  if (typeof data === 'object' && data !== null && 'data' in data && isHex(data.data)) return data.data;
  return undefined;
}

function isTransportError(cause: unknown): boolean {
  return cause instanceof HttpRequestError || cause instanceof TimeoutError || cause instanceof WebSocketRequestError;
}

function originOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'url' in error && typeof error.url === 'string'
    ? originOfUrl(error.url)
    : 'the configured URL';
}

function chainFailed(doing: string, error: unknown): StowError {
  return new StowError({
    code: 'chain-error',
    message: `could not ${doing}: ${error instanceof BaseError ? error.shortMessage : messageOf(error)}${error instanceof BaseError && error.details ? ` (${error.details})` : ''}`,
    hint: 'the chain refused or misunderstood the call: look at its log',
    cause: summaryOf(error),
  });
}

/** The library's own messages quote the whole request and URL; only their first sentence is kept. */
function summaryOf(error: unknown): Error {
  if (!(error instanceof BaseError)) return error instanceof Error ? error : new Error(String(error));
  const summary = new Error(error.shortMessage);
  summary.name = error.name;
  return summary;
}
