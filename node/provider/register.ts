import { readMarketParameters, type MarketParameters } from '../chain/actions/read-market-parameters.ts';
import { connectChain, type ChainView } from '../chain/client.ts';
import type { DrySender } from '../chain/dry-sender.ts';
import type { ProviderConfig } from '../config/provider-config.ts';
import { systemClock } from '../core/clock.ts';
import { capacityUnitsOf } from './ask-terms.ts';
import { Enrolment, type Enrolled, type EnrolmentInit } from './enrolment.ts';
import { planEnrolment, type EnrolmentPlan } from './enrolment-plan.ts';
import { openDrySenders, openSenders, type ProviderAddresses, type SendersInit } from './senders.ts';

/** Registers and stakes without running a node. The registry learns the node's addresses when it starts. */
export async function registerOnly(init: SendersInit & { signal?: AbortSignal | undefined }): Promise<Enrolled> {
  const { config, logger, signal } = init;
  const { view, parameters } = await open(config, signal);
  const senders = openSenders(view, init, systemClock);
  const enrolment = new Enrolment({ view, ...senders, parameters, clock: systemClock, logger }, enrolmentOf(config));
  return enrolment.enrol(config.network.announce, signal);
}

/** What `registerOnly` would do and send. */
export async function planRegistration({
  config,
  addresses,
  signal,
}: {
  config: ProviderConfig;
  addresses: ProviderAddresses;
  signal?: AbortSignal | undefined;
}): Promise<EnrolmentPlan & { senders: DrySender[] }> {
  const { view, parameters } = await open(config, signal);
  const { nodeSender, operatorSender } = openDrySenders(view, config, addresses);
  const components = { view, nodeSender, operatorSender, parameters };
  const plan = await planEnrolment(components, enrolmentOf(config), { signal });
  const others = operatorSender === undefined || operatorSender === nodeSender ? [] : [operatorSender];
  return { ...plan, senders: [...others, nodeSender] };
}

async function open(
  { chain }: ProviderConfig,
  signal: AbortSignal | undefined,
): Promise<{ view: ChainView; parameters: MarketParameters }> {
  const view = await connectChain(chain, { signal });
  return { view, parameters: await readMarketParameters(view, { signal }) };
}

function enrolmentOf({ ask, stake }: ProviderConfig): EnrolmentInit {
  return { region: ask.region, stake, capacityUnits: capacityUnitsOf(ask) };
}
