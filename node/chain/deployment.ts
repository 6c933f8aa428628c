import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { getAddress, isAddress } from 'viem';
import { z } from 'zod';

import { ExitCode, StowError, messageOf, systemCode } from '../core/errors.ts';
import type { Address } from '../market/messages.ts';

const addressSchema = z
  .string()
  .refine((text) => isAddress(text, { strict: false }), 'not an address')
  .transform((text): Address => getAddress(text));

const deploymentSchema = z.object({
  chainId: z.number().int().positive(),
  deployedAtBlock: z.number().int().nonnegative().transform(BigInt),
  contracts: z.object({
    token: addressSchema,
    escrow: addressSchema,
    nodeRegistry: addressSchema,
    orderBook: addressSchema,
    randomness: addressSchema,
    possessionProofs: addressSchema,
    collateral: addressSchema,
    reputation: addressSchema,
    audits: addressSchema,
    agreements: addressSchema,
    priceIndex: addressSchema,
    repairs: addressSchema,
    catalog: addressSchema,
    retrievalChannels: addressSchema,
    demands: addressSchema,
  }),
  parameters: z.record(z.string(), z.unknown()),
});

/** Where the market lives on one chain: what deploying wrote. */
export type Deployment = Readonly<z.output<typeof deploymentSchema>>;

/** File of a chain's addresses inside a folder of deployments. */
export function deploymentPath(directory: string, chainId: number): string {
  return join(directory, `${chainId}.json`);
}

/**
 * Reads the addresses of the market on a chain.
 * Throws `deployment-unknown` when the folder names none for the chain, `deployment-malformed` when the file is not one.
 */
export async function loadDeployment(directory: string, chainId: number): Promise<Deployment> {
  const path = deploymentPath(directory, chainId);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw malformed(path, messageOf(error), error);
    throw new StowError({
      code: 'deployment-unknown',
      message: `no market is known on chain ${chainId}: ${path} does not exist`,
      hint: 'deploy one with `npm run deploy`, connect to another chain with chain.rpc-url, or name the folder that holds the addresses with chain.deployments',
      exitCode: ExitCode.usage,
      cause: error,
    });
  }
  return parseDeployment(text, path, chainId);
}

function parseDeployment(text: string, path: string, chainId: number): Deployment {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw malformed(path, messageOf(error), error);
  }
  const parsed = deploymentSchema.safeParse(json);
  if (!parsed.success) throw malformed(path, z.prettifyError(parsed.error), parsed.error);
  if (parsed.data.chainId !== chainId) {
    throw malformed(path, `it says chain ${parsed.data.chainId}, its name says ${chainId}`);
  }
  return Object.freeze(parsed.data);
}

function malformed(path: string, detail: string, cause?: unknown): StowError {
  return new StowError({
    code: 'deployment-malformed',
    message: `${path} is not a file of the market's addresses: ${detail}`,
    hint: 'deploy again with `npm run deploy`, or restore the file from where you got it',
    exitCode: ExitCode.usage,
    cause,
  });
}
