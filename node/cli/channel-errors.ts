import { isAddressEqual } from 'viem/utils';

import type { ChannelRow, MarketIndex } from '../chain/market-index.ts';
import { ExitCode, StowError } from '../core/errors.ts';
import type { Address } from '../market/messages.ts';

/** A channel of this wallet, closed or not. @throws StowError `channel-unknown`, `channel-not-yours` */
export async function ownChannel(
  index: Pick<MarketIndex, 'channels'>,
  channel: bigint,
  wallet: Address,
): Promise<ChannelRow> {
  const row = (await index.channels([channel])).get(channel);
  if (row === undefined) {
    throw new StowError({
      code: 'channel-unknown',
      message: `there is no channel ${channel}: it was never opened`,
      hint: '`stowmarket channel list --all` lists those of this wallet',
      exitCode: ExitCode.notFound,
    });
  }
  if (isAddressEqual(row.client, wallet)) return row;
  throw new StowError({
    code: 'channel-not-yours',
    message: `channel ${channel} was opened by ${row.client}, not by ${wallet}`,
    hint: 'use the wallet that opened it (--account)',
    exitCode: ExitCode.usage,
  });
}
