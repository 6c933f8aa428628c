import { AgreementStatus } from '../../chain/records.ts';
import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import { BPS } from '../../market/money.ts';
import type { Accounts } from './accounts.ts';
import { agreementName } from './agreement.ts';
import type { Agreements } from './agreements.ts';
import { deadlineFor } from './answer-window.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { Proofs } from './proofs.ts';
import type { Registry } from './registry.ts';
import { type Reputation, recordText } from './reputation.ts';

export interface ReplayedAudit {
  agreement: AgreementId;
  challenger: string;
  openedAt: number;
  deadline: number;
  open: boolean;
  /** Token wei. */
  bond: bigint;
}

interface AuditComponents {
  accounts: Accounts;
  agreements: Agreements;
  proofs: Proofs;
  registry: Registry;
  reputation: Reputation;
}

/** Audits and their bonds. */
export class Audits {
  readonly #context: ReplayContext;
  readonly #parts: AuditComponents;
  readonly #audits = new Map<bigint, ReplayedAudit>();

  constructor(context: ReplayContext, parts: AuditComponents) {
    this.#context = context;
    this.#parts = parts;
  }

  all(): [bigint, ReplayedAudit][] {
    return [...this.#audits];
  }

  /** Token wei of the bonds of open audits. */
  get bonds(): bigint {
    return this.all().reduce((sum, [, { open, bond }]) => sum + (open ? bond : 0n), 0n);
  }

  apply(event: EventOf<'audits'>): void {
    const { findings } = this.#context;
    const { audit: number, agreement: id } = event.args;
    const subject = auditName(number);
    findings.touch(subject);
    findings.touch(agreementName(id));
    if (event.name === 'AuditOpened') return this.#open(subject, event.args, event.place.block);
    const audit = this.#audits.get(number);
    findings.event(subject, 'whether it is open', true, audit?.open === true);
    findings.event(subject, 'its agreement', audit?.agreement ?? 0n, id);
    if (audit === undefined) return undefined;
    audit.open = false;
    switch (event.name) {
      case 'AuditAnswered':
        return this.#answer(subject, audit, event.args, event.place.block);
      case 'AuditFailed':
        findings.event(subject, 'whether it was overdue', true, event.place.block > BigInt(audit.deadline));
        this.#fail(subject, audit);
        return this.#return(number, audit);
      case 'AuditVoided':
        findings.event(subject, 'whether its agreement runs', false, this.#runs(id));
        return this.#return(number, audit);
      default:
        return unheardOf(event);
    }
  }

  #open(subject: string, args: ArgsOf<'audits', 'AuditOpened'>, block: bigint): void {
    const { audit, agreement: id, challenger, openedAt, deadline, bond } = args;
    const { findings, ledger, parameters, transaction } = this.#context;
    findings.event(subject, 'its number', this.#audits.size + 1, audit);
    findings.event(subject, 'whether its agreement runs', true, this.#runs(id));
    findings.event(subject, 'its bond', parameters.auditBond, bond);
    const windowBlocks = parameters.auditWindowBlocks;
    const due = deadlineFor(this.#context, this.#parts.proofs, id, { block, windowBlocks });
    findings.event(subject, 'its deadline', due, deadline);
    findings.event(subject, 'the block that it is drawn from', BigInt(deadline) - windowBlocks, openedAt);
    this.#audits.set(audit, { agreement: id, challenger, openedAt, deadline, open: true, bond });
    const agreement = this.#parts.agreements.get(id);
    if (agreement !== undefined) agreement.openAudits += 1;
    transaction.dueFlow('Audits', { owner: challenger }, -bond);
    const provider = providerOfAgreement(id);
    const from = `account ${challenger}`;
    ledger.move({ what: 'audit bond', from, to: `audit ${audit}`, agreement: id, provider, amount: bond });
  }

  #answer(subject: string, audit: ReplayedAudit, args: ArgsOf<'audits', 'AuditAnswered'>, block: bigint): void {
    const { findings, ledger, parameters, transaction } = this.#context;
    const { audit: number, agreement: id, paid, burned } = args;
    const provider = providerOfAgreement(id);
    const burn = (audit.bond * parameters.auditBurnBps) / BPS;
    findings.event(subject, 'whether the answer came in time', true, block <= BigInt(audit.deadline));
    findings.event(subject, 'whether its agreement runs', true, this.#runs(id));
    findings.event(subject, 'what is burned of its bond', burn, burned);
    findings.event(subject, 'what the provider gets of its bond', audit.bond - burn, paid);
    const agreement = this.#parts.agreements.get(id);
    if (agreement !== undefined) agreement.openAudits -= 1;
    const operator = this.#parts.registry.operatorOf(provider);
    transaction.dueFlow('Audits', operator, paid);
    transaction.dueFlow('Audits', { account: 0 }, burned);
    this.#parts.reputation.due(provider, recordText.audited);
    const about = { from: `audit ${number}`, agreement: id, provider };
    ledger.move({ ...about, what: 'audit answered', to: this.#parts.accounts.purseOf(operator), amount: paid });
    ledger.move({ ...about, what: 'audit burn', to: 'burn', amount: burned });
  }

  #fail(subject: string, { agreement: id }: ReplayedAudit): void {
    const { findings, transaction } = this.#context;
    findings.event(subject, 'whether its agreement runs', true, this.#runs(id));
    transaction.atEnd(() => {
      const status = this.#parts.agreements.get(id)?.status ?? AgreementStatus.none;
      findings.books(subject, 'the status of its agreement', AgreementStatus.failed, status);
    });
  }

  /** The bond comes back. */
  #return(number: bigint, { agreement: id, challenger, bond }: ReplayedAudit): void {
    const { ledger, transaction } = this.#context;
    transaction.dueFlow('Audits', { owner: challenger }, bond);
    const provider = providerOfAgreement(id);
    const to = `account ${challenger}`;
    ledger.move({ what: 'audit bond returned', from: `audit ${number}`, to, agreement: id, provider, amount: bond });
  }

  #runs(id: AgreementId): boolean {
    return this.#parts.agreements.get(id)?.status === AgreementStatus.active;
  }
}

export function auditName(audit: bigint): string {
  return `audit ${audit}`;
}
