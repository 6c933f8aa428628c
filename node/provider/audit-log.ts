import type { ChainView } from '../chain/client.ts';
import { abortable } from '../chain/abortable.ts';
import { auditsAbi } from '../chain/abi/audits.ts';
import { providerOfAgreement } from '../market/agreement-id.ts';
import type { AnswerNews } from './ledger/answer-book.ts';

const OUTCOMES = { AuditAnswered: 'answered', AuditFailed: 'failed', AuditVoided: 'voided' } as const;

/** Reads from the chain's log what became of audits of a provider's agreements, in blocks `from` to `to`. Throws what the endpoint throws. */
export async function readAuditLog(
  view: ChainView,
  provider: number,
  range: { from: bigint; to: bigint },
  signal?: AbortSignal,
): Promise<AnswerNews[]> {
  // All providers' audits, as no filter reads the upper half of an id. Each stood behind a bond, so there are few.
  const logs = view.client.getContractEvents({
    address: view.deployment.contracts.audits,
    abi: auditsAbi,
    fromBlock: range.from,
    toBlock: range.to,
    strict: true,
  });
  return (await abortable(logs, signal))
    .filter(({ args }) => providerOfAgreement(args.agreement) === provider)
    .map((event): AnswerNews => {
      const { audit: number } = event.args;
      if (event.eventName !== 'AuditOpened')
        return { number, outcome: OUTCOMES[event.eventName], block: event.blockNumber };
      const { agreement, openedAt, deadline } = event.args;
      return { opened: { number, agreement, openedAt, deadline } };
    });
}
