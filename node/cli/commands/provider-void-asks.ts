import { createLogger } from '../../core/logger.ts';
import { voidSignedAsks } from '../../provider/void-asks.ts';
import type { Run } from '../program-context.ts';
import { loadSetup, openNodeKey, openOperatorKey, passwordSource, type SetupOptions } from './provider-setup.ts';

const QUESTION = 'Password of the keystores: ';

/** `provider void-asks`: starts a new series, so that no ask signed before can be brought to the book. */
export async function voidAsks(run: Run, options: SetupOptions): Promise<void> {
  const setup = await loadSetup(run, options);
  const passwords = passwordSource(setup, run.io, QUESTION);
  const nodeKey = await openNodeKey(setup, passwords);
  const operatorKey = await openOperatorKey(setup, passwords);
  const { provider, series, transaction } = await voidSignedAsks({
    config: setup.config,
    nodeKey: nodeKey.privateKey,
    operatorKey: operatorKey?.privateKey,
    logger: createLogger({ level: run.globals.debug ? 'debug' : 'warn' }),
    signal: run.signal,
  });
  run.output.result(
    { type: 'asks-voided', provider, series, transaction },
    `no ask that provider ${provider} signed before can be brought any more; a running provider signs a new one in series ${series}`,
  );
}
