import { readMarketParameters } from '../chain/actions/read-market-parameters.ts';
import { connectChain } from '../chain/client.ts';
import { systemClock } from '../core/clock.ts';
import { capacityUnitsOf } from './ask-terms.ts';
import { Enrolment, type Enrolled } from './enrolment.ts';
import { openSenders, type SendersInit } from './senders.ts';

/** Registers and stakes without running a node. The registry learns the node's addresses when it starts. */
export async function registerOnly(init: SendersInit & { signal?: AbortSignal | undefined }): Promise<Enrolled> {
  const { config, logger, signal } = init;
  const { rpcUrl, deployments: deploymentsDir, chainId } = config.chain;
  const view = await connectChain({ rpcUrl, deploymentsDir, chainId }, { signal });
  const parameters = await readMarketParameters(view, { signal });
  const senders = openSenders(view, init, systemClock);
  const enrolment = new Enrolment(
    { view, ...senders, parameters, clock: systemClock, logger },
    { region: config.ask.region, stake: config.stake, capacityUnits: capacityUnitsOf(config.ask) },
  );
  return enrolment.enrol(config.network.announce, signal);
}
