import { z } from 'zod';

import { LOG_LEVELS } from '../core/logger.ts';
import { choice, described, duration, flag, httpUrl, integer, list, path } from './fields.ts';

/** Sections that provider and client have in common. */

export const chainSection = z.strictObject({
  rpcUrl: described(httpUrl().default('http://127.0.0.1:8545'), {
    description: 'JSON-RPC endpoint of the chain.',
  }),
  chainId: described(integer(1, Number.MAX_SAFE_INTEGER).optional(), {
    description: 'Refuse every chain but this one. Without it, any chain whose market is known is accepted.',
    example: '31337',
  }),
  deployments: described(path(), {
    description: "Folder with the market's addresses, one file for each chain id.",
    defaultText: 'the folder deploy/addresses of the installation',
    isPath: true,
  }),
  confirmations: described(integer(1, 1_000).default(1), {
    description:
      'Blocks that must hold a transaction, its own included, before it counts. More guard against reorganisations.',
  }),
  poll: described(duration().default(500), {
    description: 'How often to look for a new block.',
    example: '"500ms"',
  }),
  maxFeeGwei: described(integer(1, 1_000_000).optional(), {
    description:
      "Never offer more than this much of the chain's coin per gas (1 gwei = 10^-9 coins). Without it there is no ceiling.",
    example: '50',
  }),
});

export const logSection = z.strictObject({
  level: described(choice(LOG_LEVELS).default('info'), {
    description: `How much to write to the log: ${LOG_LEVELS.join(', ')}.`,
  }),
});

export const peersFields = {
  bootstrap: described(list().default([]), {
    description: 'Multiaddrs of peers to join through, beside those that the chain names.',
    example: '["/ip4/203.0.113.7/tcp/4601/p2p/16Uiu2…"]',
  }),
  allowPrivate: described(flag().default(false), {
    description:
      'Dial private and loopback addresses. Only for networks of your own: strangers could make this machine probe its neighbours.',
  }),
};
