import { Command } from 'commander';
import { isAddressEqual } from 'viem/utils';

import { cancelBid, closeBid, endBidCall } from '../../chain/actions/end-bid.ts';
import { readBid } from '../../chain/actions/read-bid.ts';
import { readChainTime } from '../../chain/actions/read-chain-time.ts';
import { ExitCode, StowError } from '../../core/errors.ts';
import { withSession } from '../client-setup.ts';
import { accountOf, addDryRunOption, type DryRunOption, reportDryRun } from '../dry-run.ts';
import { formatAmount } from '../format.ts';
import { mayBeMined, tellingWhatWasDone } from '../interrupt.ts';
import { parseBidId } from '../parse-options.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';

const MAY_BE_MINED = mayBeMined('`stowmarket market bids --mine` tells');

/** `stowmarket bid …`: what becomes of a bid after `put --bid` has posted it. */
export function bidCommand(context: ProgramContext): Command {
  const cancel = addDryRunOption(
    new Command('cancel')
      .description('take a bid back: every token behind the shards that nobody took is yours again at once')
      .argument('<id>', 'number of the bid; one of somebody else only once it has expired', parseBidId),
  ).addHelpText(
    'after',
    '\nExamples:\n  stowmarket market bids --mine\n  stowmarket bid cancel 7 --dry-run\n  stowmarket bid cancel 7\n',
  );
  cancel.action(async (bidId: bigint, options: DryRunOption) =>
    runCommand(context, cancel, async (run) => cancelOne(run, bidId, options)),
  );
  return new Command('bid').description('take bids back; `stowmarket put --bid` posts them').addCommand(cancel);
}

async function cancelOne(run: Run, bidId: bigint, { dryRun = false }: DryRunOption): Promise<void> {
  const { output, signal } = run;
  await withSession(run, { wallet: !dryRun }, async (session, { config }) => {
    const { chain } = session.market;
    const [bid, { seconds }] = await Promise.all([readBid(chain, bidId, { signal }), readChainTime(chain, { signal })]);
    if (bid === undefined) throw unknownBid(bidId);
    const isOwn = isAddressEqual(bid.client, session.address);
    if (!isOwn && seconds < bid.terms.expiry) throw notYours(bidId, bid.client);
    if (dryRun) {
      const dry = session.drySender();
      await dry.send(endBidCall(chain, { how: isOwn ? 'cancel' : 'close', bidId }), { signal });
      const standing = await session.market.index.bidsPage(bidId - 1n, 1);
      const reserved = standing.find((row) => row.bidId === bidId)?.reserved;
      const refunded = reserved === undefined ? undefined : reserved * BigInt(bid.shardsLeft);
      return reportDryRun(run, {
        command: 'bid cancel',
        record: { bid: bidId, client: bid.client, refunded },
        lines: [`bid ${bidId} would be over`],
        moves: [{ amount: refunded ?? 0n, from: `bid ${bidId}`, to: accountOf(bid.client) }],
        senders: [dry],
        tokensPerCoin: config.quote.tokensPerCoin,
      });
    }
    const sender = await session.sender();
    const { refunded, receipt } = await tellingWhatWasDone(signal, MAY_BE_MINED, async () =>
      (isOwn ? cancelBid : closeBid)(sender, { bidId }, { signal }),
    );
    const transaction = receipt.transactionHash;
    output.result(
      { type: 'bid-cancelled', bid: bidId, client: bid.client, refunded, transaction },
      `bid ${bidId} is over; ${formatAmount(refunded)} that were behind it are ${isOwn ? 'yours' : `${bid.client}'s`} again`,
    );
    return undefined;
  });
}

function unknownBid(bidId: bigint): StowError {
  return new StowError({
    code: 'bid-unknown',
    message: `there is no bid ${bidId}: it was filled, cancelled or closed, or never posted`,
    hint: '`stowmarket market bids --mine` lists those of this wallet that stand',
    exitCode: ExitCode.notFound,
  });
}

function notYours(bidId: bigint, client: string): StowError {
  return new StowError({
    code: 'bid-not-yours',
    message: `bid ${bidId} was posted by ${client} and has not expired`,
    hint: 'use the wallet that posted it (--account), or wait until it has expired: then anybody may close it',
    exitCode: ExitCode.usage,
  });
}
