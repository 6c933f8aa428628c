import { getAddress, getTypesForEIP712Domain, isAddress, type Hex } from 'viem';
import { z } from 'zod';

import type { Deployment } from '../../chain/deployment.ts';
import { agreementBatchTypes, agreementsDomain } from '../../chain/typed-data.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import type { Address, StorageAgreement } from '../../market/messages.ts';

/** What the file says of itself; a later layout has another number. */
const FORMAT = 'stowmarket-agreements/1';

/** Agreements of one client that their providers signed, on the way to the client's signature and the chain. */
export interface AgreementBatch {
  readonly client: Address;
  readonly agreements: readonly StorageAgreement[];
  /** Of the providers' node keys, in the same order. */
  readonly providerSignatures: readonly Hex[];
  /** The client's over all of them, once there is one: 65 bytes of a key, or what a contract wallet takes. */
  readonly clientSignature: Hex | undefined;
}

const uint = (bits: number) =>
  z
    .int()
    .min(0)
    .max(2 ** bits - 1);
const uintText = (bits: number) =>
  z
    .string()
    .regex(/^(?:0|[1-9]\d{0,38})$/, 'a decimal number')
    .transform(BigInt)
    .refine((value) => value < 2n ** BigInt(bits), `a number below 2^${bits}`);
const hexOf = (pattern: RegExp, what: string) =>
  z
    .string()
    .regex(pattern, what)
    .transform((text): Hex => `0x${text.slice(2).toLowerCase()}`);
const bytes32 = hexOf(/^0x[\da-f]{64}$/i, '32 bytes in hex');
const signature = hexOf(/^0x(?:[\da-f]{2})+$/i, 'bytes in hex');
const address = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'an address')
  .transform((text): Address => getAddress(text));

const agreementSchema: z.ZodType<StorageAgreement> = z.strictObject({
  client: address,
  provider: uint(32),
  objectKey: bytes32,
  shardIndex: uint(8),
  shardRoot: bytes32,
  units: uint(32),
  pricePerUnitPeriod: uintText(64),
  periods: uint(24),
  collateral: uintText(96),
  askId: uintText(64),
  bidId: uintText(64),
  nonce: uintText(64),
  deadline: uintText(64),
});

const documentSchema = z.strictObject({
  format: z.literal(FORMAT),
  typedData: z.object({
    domain: z.object({ chainId: z.int(), verifyingContract: address }),
    message: z.object({ agreements: z.array(agreementSchema).min(1) }),
  }),
  providerSignatures: z.array(signature),
  clientSignature: signature.optional(),
});

/** The EIP-712 message that the client signs, as `eth_signTypedData_v4` of any wallet takes it once it is JSON. Integers of 64 bits and more are text. */
export function typedDataOf(deployment: Deployment, agreements: readonly StorageAgreement[]): object {
  const domain = agreementsDomain(deployment);
  return {
    types: { EIP712Domain: getTypesForEIP712Domain({ domain }), ...agreementBatchTypes },
    domain,
    primaryType: 'AgreementBatch',
    message: { agreements },
  };
}

/** The batch as a JSON file: its `typedData` can be signed by any EIP-712 wallet. */
export function encodeBatch(deployment: Deployment, batch: AgreementBatch): string {
  const { agreements, providerSignatures, clientSignature } = batch;
  const document = {
    format: FORMAT,
    typedData: typedDataOf(deployment, agreements),
    providerSignatures,
    clientSignature,
  };
  return `${JSON.stringify(document, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`;
}

/**
 * The batch of a file. What wallets sign is the file's `typedData`, so that nothing else in it may change the meaning: types and names are ours.
 * @param source the file's name, for errors
 * @throws StowError `batch-malformed`; `batch-elsewhere` for another chain or market
 */
export function decodeBatch(text: string, deployment: Deployment, source: string): AgreementBatch {
  const { typedData, providerSignatures, clientSignature } = parse(text, source);
  const { agreements } = typedData.message;
  if (providerSignatures.length !== agreements.length)
    throw malformed(source, `${agreements.length} agreements with ${providerSignatures.length} providers' signatures`);
  const [client, ...others] = new Set(agreements.map((agreement) => agreement.client));
  if (client === undefined || others.length > 0) throw malformed(source, 'agreements of several clients');
  const { chainId, contracts } = deployment;
  const { domain } = typedData;
  if (domain.chainId !== chainId || domain.verifyingContract !== getAddress(contracts.agreements)) {
    throw new StowError({
      code: 'batch-elsewhere',
      message: `${source} is for the market at ${domain.verifyingContract} on chain ${domain.chainId}; this one is at ${contracts.agreements} on chain ${chainId}`,
      hint: 'name the endpoint of the other chain with --rpc, or store the object in this market',
      exitCode: ExitCode.usage,
    });
  }
  return { client, agreements, providerSignatures, clientSignature };
}

function parse(text: string, source: string): z.output<typeof documentSchema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformed(source, 'no JSON');
  }
  const parsed = documentSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw malformed(source, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
}

function malformed(source: string, what: string): StowError {
  return new StowError({
    code: 'batch-malformed',
    message: `${source} holds no agreements that can be signed: ${what}`,
    hint: 'write one with `stowmarket put FILE --export agreements.json`',
    exitCode: ExitCode.usage,
  });
}
