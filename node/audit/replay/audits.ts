import { providerOfAgreement } from '../../market/agreement-id.ts';
import { BPS } from '../../market/money.ts';
import type { Accounts } from './accounts.ts';
import type { Agreements } from './agreements.ts';
import { Asking, bondsOf, type ReplayedAsked } from './asking.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { Proofs } from './proofs.ts';
import type { Registry } from './registry.ts';
import { type Reputation, recordText } from './reputation.ts';

export interface ReplayedAudit extends ReplayedAsked {
  challenger: string;
  openedAt: number;
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
  readonly #asking: Asking;
  readonly #audits = new Map<bigint, ReplayedAudit>();

  constructor(context: ReplayContext, parts: AuditComponents) {
    this.#context = context;
    this.#parts = parts;
    const { auditBond: bond, auditWindowBlocks: windowBlocks } = context.parameters;
    this.#asking = new Asking(context, parts, { locker: 'Audits', what: 'audit', bond, windowBlocks });
  }

  all(): [bigint, ReplayedAudit][] {
    return [...this.#audits];
  }

  /** Token wei of the bonds of open audits. */
  get bonds(): bigint {
    return bondsOf(this.#audits.values());
  }

  apply(event: EventOf<'audits'>): void {
    const { audit: number, agreement: id } = event.args;
    const { block } = event.place;
    const subject = auditName(number);
    this.#asking.touch(subject, id);
    if (event.name === 'AuditOpened') return this.#open(subject, event.args, block);
    const audit = this.#audits.get(number);
    if (!this.#asking.end(subject, audit, id)) return undefined;
    switch (event.name) {
      case 'AuditAnswered':
        return this.#answer(subject, audit, event.args, block);
      case 'AuditFailed':
        return this.#asking.fail(subject, audit, { block, owner: audit.challenger });
      case 'AuditVoided':
        return this.#asking.void(subject, audit, audit.challenger);
      default:
        return unheardOf(event);
    }
  }

  #open(subject: string, args: ArgsOf<'audits', 'AuditOpened'>, block: bigint): void {
    const { audit: number, agreement, challenger, openedAt, deadline, bond } = args;
    const { findings, parameters } = this.#context;
    this.#asking.begin(subject, {
      number,
      count: this.#audits.size,
      agreement,
      owner: challenger,
      deadline,
      bond,
      block,
    });
    const drawnFrom = BigInt(deadline) - parameters.auditWindowBlocks;
    findings.event(subject, 'the block that it is drawn from', drawnFrom, openedAt);
    this.#audits.set(number, { agreement, challenger, openedAt, deadline, open: true, bond });
  }

  #answer(subject: string, audit: ReplayedAudit, args: ArgsOf<'audits', 'AuditAnswered'>, block: bigint): void {
    const { findings, ledger, parameters, transaction } = this.#context;
    const { agreement: id, paid, burned } = args;
    const provider = providerOfAgreement(id);
    const burn = (audit.bond * parameters.auditBurnBps) / BPS;
    this.#asking.pass(subject, audit, block);
    findings.event(subject, 'what is burned of its bond', burn, burned);
    findings.event(subject, 'what the provider gets of its bond', audit.bond - burn, paid);
    const operator = this.#parts.registry.operatorOf(provider);
    transaction.dueFlow('Audits', operator, paid);
    transaction.dueFlow('Audits', { account: 0 }, burned);
    this.#parts.reputation.due(provider, recordText.audited);
    const about = { from: subject, agreement: id, provider };
    ledger.move({ ...about, what: 'audit answered', to: this.#parts.accounts.purseOf(operator), amount: paid });
    ledger.move({ ...about, what: 'audit burn', to: 'burn', amount: burned });
  }
}

export function auditName(audit: bigint): string {
  return `audit ${audit}`;
}
