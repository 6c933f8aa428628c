import { ExitCode, StowError } from '../../core/errors.ts';
import { createLogger } from '../../core/logger.ts';
import { registerOnly } from '../../provider/register.ts';
import type { Run } from '../program-context.ts';
import { loadSetup, openNodeKey, openOperatorKey, passwordSource, type SetupOptions } from './provider-setup.ts';

const QUESTION = 'Password of the keystores: ';

/** `provider register`: registration, bond, placement id and stake, without starting the node. `start` does the same when it has the key. */
export async function registerProvider(run: Run, options: SetupOptions): Promise<void> {
  const setup = await loadSetup(run, options);
  const passwords = passwordSource(setup, run.io, QUESTION);
  const operatorKey = await openOperatorKey(setup, passwords);
  if (operatorKey === undefined) {
    throw new StowError({
      code: 'keystore-missing',
      message: `there is no operator keystore at ${setup.config.keys.operator}`,
      hint: 'create it with `stowmarket provider init`, or set STOWMARKET_KEY',
      exitCode: ExitCode.notFound,
    });
  }
  const nodeKey = await openNodeKey(setup, passwords);
  const logger = createLogger({ level: run.globals.debug ? 'debug' : 'warn' });
  const { provider, registered } = await registerOnly({
    config: setup.config,
    nodeKey: nodeKey.privateKey,
    operatorKey: operatorKey.privateKey,
    logger,
    signal: run.signal,
  });
  run.output.result(
    {
      type: 'provider-registered',
      provider,
      operator: registered.operator,
      node: registered.nodeAddress,
      placementId: registered.placementId,
    },
    `provider ${provider}: operator ${registered.operator}, node key ${registered.nodeAddress}, placement id ${registered.placementId}`,
  );
}
