import { providerOfAgreement } from '../../market/agreement-id.ts';
import type { Accounts } from './accounts.ts';
import type { Agreements } from './agreements.ts';
import { Asking, bondsOf, type ReplayedAsked } from './asking.ts';
import { type ArgsOf, type EventOf, type ReplayContext, unheardOf } from './context.ts';
import type { Proofs } from './proofs.ts';
import type { Registry } from './registry.ts';

export interface ReplayedDemand extends ReplayedAsked {
  client: string;
  unit: number;
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
  readonly #asking: Asking;
  readonly #demands = new Map<bigint, ReplayedDemand>();

  constructor(context: ReplayContext, parts: DemandComponents) {
    this.#context = context;
    this.#parts = parts;
    const { demandBond: bond, demandWindowBlocks: windowBlocks } = context.parameters;
    this.#asking = new Asking(context, parts, { locker: 'Demands', what: 'demand', bond, windowBlocks });
  }

  all(): [bigint, ReplayedDemand][] {
    return [...this.#demands];
  }

  /** Token wei of the bonds of open demands. */
  get bonds(): bigint {
    return bondsOf(this.#demands.values());
  }

  apply(event: EventOf<'demands'>): void {
    const { demand: number, agreement: id } = event.args;
    const { block } = event.place;
    const subject = demandName(number);
    this.#asking.touch(subject, id);
    if (event.name === 'UnitDemanded') return this.#open(subject, event.args, block);
    const demand = this.#demands.get(number);
    if (!this.#asking.end(subject, demand, id)) return undefined;
    switch (event.name) {
      case 'UnitShown':
        return this.#show(subject, demand, event.args, block);
      case 'DemandFailed':
        return this.#asking.fail(subject, demand, { block, owner: demand.client });
      case 'DemandVoided':
        return this.#asking.void(subject, demand, demand.client);
      default:
        return unheardOf(event);
    }
  }

  #open(subject: string, args: ArgsOf<'demands', 'UnitDemanded'>, block: bigint): void {
    const { demand: number, agreement: id, provider, client, unit, deadline, bond } = args;
    const { findings } = this.#context;
    const agreement = this.#parts.agreements.get(id);
    findings.event(subject, 'its provider', providerOfAgreement(id), provider);
    findings.event(subject, 'who demands', agreement?.client.toLowerCase() ?? '', client.toLowerCase());
    findings.event(subject, 'whether the shard has that unit', true, unit < (agreement?.units ?? 0));
    this.#asking.begin(subject, {
      number,
      count: this.#demands.size,
      agreement: id,
      owner: client,
      deadline,
      bond,
      block,
    });
    this.#demands.set(number, { agreement: id, client, deadline, unit, open: true, bond });
  }

  #show(subject: string, demand: ReplayedDemand, args: ArgsOf<'demands', 'UnitShown'>, block: bigint): void {
    const { findings, ledger, transaction } = this.#context;
    const { agreement: id, paid } = args;
    const provider = providerOfAgreement(id);
    this.#asking.pass(subject, demand, block);
    findings.event(subject, 'what the provider gets of its bond', demand.bond, paid);
    const operator = this.#parts.registry.operatorOf(provider);
    transaction.dueFlow('Demands', operator, paid);
    const to = this.#parts.accounts.purseOf(operator);
    ledger.move({ what: 'unit shown', from: subject, to, agreement: id, provider, amount: paid });
  }
}

export function demandName(demand: bigint): string {
  return `demand ${demand}`;
}
