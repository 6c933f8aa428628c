import { closeAudit, closeAuditCall } from '../chain/actions/close-audit.ts';
import { DrySender } from '../chain/dry-sender.ts';
import type { MarketIndex } from '../chain/market-index.ts';
import type { Sender } from '../chain/tx-sender.ts';
import type { CloseComponents } from '../client/close-audits.ts';
import type { AgreementId } from '../market/messages.ts';

/** How audits are closed: by transactions, or as a dry run would. */
export function closingBy(
  sender: Sender,
  index: Pick<MarketIndex, 'agreement' | 'agreements' | 'audits'>,
): CloseComponents {
  const failed = new Set<AgreementId>();
  return {
    index,
    closeAudit: async (audit, options) => {
      if (!(sender instanceof DrySender)) return (await closeAudit(sender, { audit }, options)).outcome;
      await sender.send(closeAuditCall(sender.view, { audit }), options);
      // What the contract's event would tell.
      const row = (await index.audits([audit])).get(audit);
      if (row === undefined || failed.has(row.agreement)) return 'voided';
      if ((await index.agreement(row.agreement))?.status !== 'active') return 'voided';
      failed.add(row.agreement);
      return 'failed';
    },
  };
}
