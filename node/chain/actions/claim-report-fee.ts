import type { TransactionReceipt } from 'viem';

import type { CallOptions } from '../abortable.ts';
import { collateralAbi } from '../abi/collateral.ts';
import { contractCall } from '../contract-call.ts';
import type { Sender } from '../tx-sender.ts';

export interface ClaimReportFeeParameters {
  /** Who missed. */
  provider: number;
  /** Number of its slash, from 0, as `ReportFeeOwed` names it. */
  slash: number;
}

/** Has the report fee of a slash paid to the escrow account that the report named. Anybody may. */
export async function claimReportFee(
  sender: Sender,
  { provider, slash }: ClaimReportFeeParameters,
  options: CallOptions = {},
): Promise<TransactionReceipt> {
  const call = contractCall(`claim the report fee of slash ${slash} of provider ${provider}`, {
    address: sender.view.deployment.contracts.collateral,
    abi: collateralAbi,
    functionName: 'claimReportFee',
    args: [provider, slash],
  });
  return sender.send(call, options);
}
