import { abortable } from '../chain/abortable.ts';
import { collateralAbi } from '../chain/abi/collateral.ts';
import type { ChainView } from '../chain/client.ts';
import type { FeeNews } from './ledger/report-fees.ts';

const EVENTS = ['ReportFeeOwed', 'ReportFeePaid'] as const;

/** Reads from the chain's log which report fees an escrow account was owed and paid, in blocks `from` to `to`. Throws what the endpoint throws. */
export async function readFeeLog(
  view: ChainView,
  account: number,
  range: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<FeeNews[]> {
  const [owed, paid] = await abortable(
    Promise.all(
      EVENTS.map(async (eventName) =>
        view.client.getContractEvents({
          address: view.deployment.contracts.collateral,
          abi: collateralAbi,
          eventName,
          args: { account },
          fromBlock: range.from,
          toBlock: range.to,
          strict: true,
        }),
      ),
    ),
    signal,
  );
  const news = (kind: FeeNews['kind'], logs: typeof owed = []): FeeNews[] =>
    logs.map(({ args, blockNumber }) => {
      const { provider, slash, amount } = args;
      return { kind, provider, slash, amount, block: blockNumber };
    });
  // A fee is paid after it is owed, so the order between the two lists holds.
  return [...news('owed', owed), ...news('paid', paid)];
}
