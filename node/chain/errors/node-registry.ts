import { ExitCode } from '../../core/errors.ts';
import type { nodeRegistryAbi } from '../abi/node-registry.ts';
import { instant, type SentenceTable } from './sentence.ts';

export const nodeRegistrySentences: SentenceTable<typeof nodeRegistryAbi> = {
  NodeRegistry_UnknownProvider: ([provider]) => ({
    message: `provider ${provider} is not registered`,
    hint: 'check the number, and that the configuration names the right chain',
    exitCode: ExitCode.notFound,
  }),
  NodeRegistry_NodeKeyTaken: ([nodeAddress, provider]) => ({
    message: `node key ${nodeAddress} is already registered, as provider ${provider}`,
    hint: 'start that provider with its operator wallet, or create another node key with `stowmarket provider init`',
    exitCode: ExitCode.usage,
  }),
  NodeRegistry_BadPublicKey: ([length]) => ({
    message: `the node's public key has ${length} bytes instead of 64, or is no point of the curve`,
    hint: 'create the node key again with `stowmarket provider init`',
    exitCode: ExitCode.usage,
  }),
  NodeRegistry_BadNodeSignature: ([recovered, expected]) => ({
    message: `the node key's consent was signed by ${recovered}, not by ${expected}`,
    hint: 'sign with the node key that is being registered, for this operator, region, chain and registry',
  }),
  NodeRegistry_Expired: ([deadline, time]) => ({
    message: `the node key's consent ran out at ${instant(deadline)}; the chain is at ${instant(time)}`,
    hint: 'run the same command again: it signs anew',
    retryable: true,
  }),
  NodeRegistry_NotAuthorized: ([provider, caller]) => ({
    message: `${caller} is neither the operator nor the node key of provider ${provider}`,
    hint: 'use the operator wallet or the node key of that provider',
    exitCode: ExitCode.usage,
  }),
  NodeRegistry_AddressesTooLong: ([length, max]) => ({
    message: `the announced addresses take ${length} bytes, above the limit of ${max}`,
    hint: 'announce fewer addresses',
    exitCode: ExitCode.usage,
  }),
  NodeRegistry_CapacityNotCovered: ([provider, units, covered]) => ({
    message: `the stake of provider ${provider} covers a capacity of ${covered} units, not of ${units}`,
    hint: 'add stake (`stake` in the configuration), or lower ask.capacity',
    exitCode: ExitCode.funds,
  }),
  NodeRegistry_CapacityCovered: ([provider, units, covered]) => ({
    message: `the capacity of provider ${provider}, ${units} units, is within the ${covered} that its stake covers`,
    hint: 'nothing is left to do',
  }),
  NodeRegistry_AlreadyRevoked: ([provider, voidThrough]) => ({
    message: `provider ${provider} took back everything signed with a deadline up to ${instant(voidThrough)} before`,
    hint: 'nothing is left to do, unless you name a later time',
  }),
  NodeRegistry_PlacementAssigned: ([provider]) => ({
    message: `provider ${provider} has its placement id already`,
    hint: 'nothing is left to do',
  }),
};
