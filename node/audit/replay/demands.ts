import { AgreementStatus } from '../../chain/records.ts';
import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { AgreementId } from '../../market/messages.ts';
import type { Accounts } from './accounts.ts';
import { agreementName } from './agreement.ts';
import type { Agreements } from './agreements.ts';
import { deadlineFor } from './answer-window.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { Proofs } from './proofs.ts';
import type { Registry } from './registry.ts';

export interface ReplayedDemand {
  agreement: AgreementId;
  client: string;
  deadline: number;
  unit: number;
  open: boolean;
  /** Token wei. */
  bond: bigint;
}

interface DemandComponents {
  accounts: Accounts;
  agreements: Agreements;
  proofs: Proofs;
  registry: Registry;
}

/** Units that clients demanded on chain, and the bonds behind them. */
export class Demands {
  readonly #context: ReplayContext;
  readonly #parts: DemandComponents;
  readonly #demands = new Map<bigint, ReplayedDemand>();

  constructor(context: ReplayContext, parts: DemandComponents) {
    this.#context = context;
    this.#parts = parts;
  }

  all(): [bigint, ReplayedDemand][] {
    return [...this.#demands];
  }

  /** Token wei of the bonds of open demands. */
  get bonds(): bigint {
    return this.all().reduce((sum, [, { open, bond }]) => sum + (open ? bond : 0n), 0n);
  }

  apply(event: EventOf<'demands'>): void {
    const { findings } = this.#context;
    const { demand: number, agreement: id } = event.args;
    const subject = demandName(number);
    findings.touch(subject);
    findings.touch(agreementName(id));
    if (event.name === 'UnitDemanded') return this.#open(subject, event.args, event.place.block);
    const demand = this.#demands.get(number);
    findings.event(subject, 'whether it is open', true, demand?.open === true);
    findings.event(subject, 'its agreement', demand?.agreement ?? 0n, id);
    if (demand === undefined) return undefined;
    demand.open = false;
    switch (event.name) {
      case 'UnitShown':
        return this.#show(subject, demand, event.args, event.place.block);
      case 'DemandFailed':
        findings.event(subject, 'whether it was overdue', true, event.place.block > BigInt(demand.deadline));
        this.#fail(subject, demand);
        return this.#return(number, demand);
      case 'DemandVoided':
        findings.event(subject, 'whether its agreement runs', false, this.#runs(id));
        return this.#return(number, demand);
      default:
        return unheardOf(event);
    }
  }

  #open(subject: string, args: ArgsOf<'demands', 'UnitDemanded'>, block: bigint): void {
    const { demand, agreement: id, provider, client, unit, deadline, bond } = args;
    const { findings, ledger, parameters, transaction } = this.#context;
    const agreement = this.#parts.agreements.get(id);
    const windowBlocks = parameters.demandWindowBlocks;
    const due = deadlineFor(this.#context, this.#parts.proofs, id, { block, windowBlocks });
    findings.event(subject, 'its number', this.#demands.size + 1, demand);
    findings.event(subject, 'whether its agreement runs', true, this.#runs(id));
    findings.event(subject, 'its provider', providerOfAgreement(id), provider);
    findings.event(subject, 'who demands', agreement?.client.toLowerCase() ?? '', client.toLowerCase());
    findings.event(subject, 'whether the shard has that unit', true, unit < (agreement?.units ?? 0));
    findings.event(subject, 'its bond', parameters.demandBond, bond);
    findings.event(subject, 'its deadline', due, deadline);
    this.#demands.set(demand, { agreement: id, client, deadline, unit, open: true, bond });
    if (agreement !== undefined) agreement.openAudits += 1;
    transaction.dueFlow('Demands', { owner: client }, -bond);
    const from = `account ${client}`;
    ledger.move({ what: 'demand bond', from, to: subject, agreement: id, provider, amount: bond });
  }

  #show(subject: string, demand: ReplayedDemand, args: ArgsOf<'demands', 'UnitShown'>, block: bigint): void {
    const { findings, ledger, transaction } = this.#context;
    const { agreement: id, paid } = args;
    const provider = providerOfAgreement(id);
    findings.event(subject, 'whether the answer came in time', true, block <= BigInt(demand.deadline));
    findings.event(subject, 'whether its agreement runs', true, this.#runs(id));
    findings.event(subject, 'what the provider gets of its bond', demand.bond, paid);
    const agreement = this.#parts.agreements.get(id);
    if (agreement !== undefined) agreement.openAudits -= 1;
    const operator = this.#parts.registry.operatorOf(provider);
    transaction.dueFlow('Demands', operator, paid);
    const to = this.#parts.accounts.purseOf(operator);
    ledger.move({ what: 'unit shown', from: subject, to, agreement: id, provider, amount: paid });
  }

  #fail(subject: string, { agreement: id }: ReplayedDemand): void {
    const { findings, transaction } = this.#context;
    findings.event(subject, 'whether its agreement runs', true, this.#runs(id));
    transaction.atEnd(() => {
      const status = this.#parts.agreements.get(id)?.status ?? AgreementStatus.none;
      findings.books(subject, 'the status of its agreement', AgreementStatus.failed, status);
    });
  }

  /** The bond comes back. */
  #return(number: bigint, { agreement: id, client, bond }: ReplayedDemand): void {
    const { ledger, transaction } = this.#context;
    transaction.dueFlow('Demands', { owner: client }, bond);
    const provider = providerOfAgreement(id);
    const [from, to] = [demandName(number), `account ${client}`];
    ledger.move({ what: 'demand bond returned', from, to, agreement: id, provider, amount: bond });
  }

  #runs(id: AgreementId): boolean {
    return this.#parts.agreements.get(id)?.status === AgreementStatus.active;
  }
}

export function demandName(demand: bigint): string {
  return `demand ${demand}`;
}
