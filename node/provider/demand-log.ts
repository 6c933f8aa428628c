import { abortable } from '../chain/abortable.ts';
import { demandsAbi } from '../chain/abi/demands.ts';
import type { ChainView } from '../chain/client.ts';
import { providerOfAgreement } from '../market/agreement-id.ts';
import type { AnswerNews } from './ledger/answer-book.ts';

const OUTCOMES = { UnitShown: 'answered', DemandFailed: 'failed', DemandVoided: 'voided' } as const;

/** Reads from the chain's log what became of units demanded of a provider, in blocks `from` to `to`. Throws what the endpoint throws. */
export async function readDemandLog(
  view: ChainView,
  provider: number,
  range: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<AnswerNews[]> {
  // All providers' demands, as what ends them names no provider. Each stood behind a bond, so there are few.
  const logs = view.client.getContractEvents({
    address: view.deployment.contracts.demands,
    abi: demandsAbi,
    fromBlock: range.from,
    toBlock: range.to,
    strict: true,
  });
  return (await abortable(logs, signal))
    .filter(({ args }) => providerOfAgreement(args.agreement) === provider)
    .map((event): AnswerNews => {
      const { demand: number, agreement } = event.args;
      const { blockNumber: block } = event;
      if (event.eventName !== 'UnitDemanded') return { number, outcome: OUTCOMES[event.eventName], block };
      return { opened: { number, agreement, openedAt: Number(block), deadline: event.args.deadline } };
    });
}
