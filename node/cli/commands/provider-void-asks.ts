import { readSeries } from '../../chain/actions/read-series.ts';
import { startSeriesCall } from '../../chain/actions/start-series.ts';
import { createLogger } from '../../core/logger.ts';
import { openOwnProvider, viewOwnProvider } from '../../provider/own-provider.ts';
import { voidSignedAsks } from '../../provider/void-asks.ts';
import { type DryRunOption, reportDryRun } from '../dry-run.ts';
import type { Run } from '../program-context.ts';
import {
  loadSetup,
  openNodeKey,
  openOperatorKey,
  passwordSource,
  readAddresses,
  type SetupOptions,
} from './provider-setup.ts';

const QUESTION = 'Password of the keystores: ';

/** `provider void-asks`: starts a new series, so that no ask signed before can be brought to the book. */
export async function voidAsks(run: Run, options: SetupOptions & DryRunOption): Promise<void> {
  const { signal } = run;
  const setup = await loadSetup(run, options);
  const { config } = setup;
  const passwords = passwordSource(setup, run.io, QUESTION);
  if (options.dryRun === true) {
    const addresses = await readAddresses(setup, passwords);
    const { view, provider, sender } = await viewOwnProvider({ config, addresses, signal });
    await sender.send(startSeriesCall(view, { provider }), { signal });
    const series = (await readSeries(view, provider, { signal })) + 1;
    return reportDryRun(run, {
      command: 'provider void-asks',
      record: { provider, series },
      lines: [`would void all asks that provider ${provider} signed before series ${series}; no tokens would move`],
      moves: [],
      senders: [sender],
    });
  }
  const nodeKey = await openNodeKey(setup, passwords);
  const operatorKey = await openOperatorKey(setup, passwords);
  const own = await openOwnProvider({
    config,
    nodeKey: nodeKey.privateKey,
    operatorKey: operatorKey?.privateKey,
    logger: createLogger({ level: run.globals.debug ? 'debug' : 'warn' }),
    signal,
  });
  const { provider, series, transaction } = await voidSignedAsks(own, { signal });
  run.output.result(
    { type: 'asks-voided', provider, series, transaction },
    `no ask that provider ${provider} signed before can be brought any more; a running provider signs a new one in series ${series}`,
  );
  return undefined;
}
