import { isAddressEqual, parseGwei } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import type { ChainView } from '../chain/client.ts';
import { DrySender } from '../chain/dry-sender.ts';
import { TxSender } from '../chain/tx-sender.ts';
import type { ProviderConfig } from '../config/provider-config.ts';
import { equal, to0x } from '../core/bytes.ts';
import type { Clock } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Address } from '../market/messages.ts';
import type { EnrolmentComponents } from './enrolment.ts';

export interface SendersInit {
  config: ProviderConfig;
  nodeKey: Uint8Array;
  operatorKey?: Uint8Array | undefined;
  logger: Logger;
}

/** One sender for each key that is at hand, and one for both when they are the same: two would take each other's nonces. */
export function openSenders(
  view: ChainView,
  init: SendersInit,
  clock: Clock,
): Pick<EnrolmentComponents, 'nodeKey' | 'nodeSender' | 'operatorSender'> {
  const { config, logger, operatorKey } = init;
  const { confirmations, poll } = config.chain;
  const maxFeePerGas = maxFeeOf(config);
  const open = (key: Uint8Array): TxSender =>
    new TxSender(
      { view, account: privateKeyToAccount(to0x(key)), logger, clock },
      { confirmations, pollMs: poll, maxFeePerGas },
    );
  const nodeKey = privateKeyToAccount(to0x(init.nodeKey));
  const nodeSender = open(init.nodeKey);
  if (operatorKey === undefined) return { nodeKey, nodeSender, operatorSender: undefined };
  return { nodeKey, nodeSender, operatorSender: equal(operatorKey, init.nodeKey) ? nodeSender : open(operatorKey) };
}

/** Whose transactions they would be. */
export interface ProviderAddresses {
  node: Address;
  /** Undefined when the operator's key is kept elsewhere. */
  operator: Address | undefined;
}

/** As `openSenders`, where nothing is to be sent. */
export function openDrySenders(
  view: ChainView,
  config: ProviderConfig,
  { node, operator }: ProviderAddresses,
): { nodeSender: DrySender; operatorSender: DrySender | undefined } {
  const open = (address: Address): DrySender => new DrySender({ view, address }, { maxFeePerGas: maxFeeOf(config) });
  const nodeSender = open(node);
  if (operator === undefined) return { nodeSender, operatorSender: undefined };
  return { nodeSender, operatorSender: isAddressEqual(operator, node) ? nodeSender : open(operator) };
}

function maxFeeOf({ chain: { maxFeeGwei } }: ProviderConfig): bigint | undefined {
  return maxFeeGwei === undefined ? undefined : parseGwei(String(maxFeeGwei));
}
