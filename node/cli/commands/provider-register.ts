import { ExitCode, StowError } from '../../core/errors.ts';
import { createLogger } from '../../core/logger.ts';
import type { EnrolmentPlan } from '../../provider/enrolment-plan.ts';
import { planRegistration, registerOnly } from '../../provider/register.ts';
import { accountOf, type DryRunOption, type Move, reportDryRun } from '../dry-run.ts';
import type { PasswordSource } from '../../keystore/wallet.ts';
import type { Address } from '../../market/messages.ts';
import { plural } from '../format.ts';
import type { Run } from '../program-context.ts';
import {
  loadSetup,
  openNodeKey,
  openOperatorKey,
  passwordSource,
  readAddresses,
  type ProviderSetup,
  type SetupOptions,
} from './provider-setup.ts';

const QUESTION = 'Password of the keystores: ';

/** `provider register`: registration, bond, placement id and stake, without starting the node. `start` does the same when it has the key. */
export async function registerProvider(run: Run, options: SetupOptions & DryRunOption): Promise<void> {
  const setup = await loadSetup(run, options);
  const passwords = passwordSource(setup, run.io, QUESTION);
  if (options.dryRun === true) return plan(run, setup, passwords);
  const operatorKey = await openOperatorKey(setup, passwords);
  if (operatorKey === undefined) throw noOperator(setup);
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
  return undefined;
}

async function plan(run: Run, setup: ProviderSetup, passwords: PasswordSource): Promise<void> {
  const { signal } = run;
  const { config } = setup;
  const addresses = await readAddresses(setup, passwords);
  const { operator, node } = addresses;
  if (operator === undefined) throw noOperator(setup);
  const planned = await planRegistration({ config, addresses, signal });
  const { provider, deposit, bond, stake, capacityUnits, senders } = planned;
  await reportDryRun(run, {
    command: 'provider register',
    record: { provider, operator, node, deposit, bond, stake, capacityUnits },
    lines: [describe(planned, operator, node)],
    moves: movesOf(planned, operator),
    senders,
  });
}

function movesOf({ deposit, bond, stake }: EnrolmentPlan, operator: Address): Move[] {
  const account = accountOf(operator);
  return [
    { amount: deposit, from: `wallet ${operator}`, to: account },
    { amount: bond, from: account, to: 'bond of the provider' },
    { amount: stake, from: account, to: 'stake of the provider' },
  ];
}

function describe({ provider, capacityUnits }: EnrolmentPlan, operator: Address, node: Address): string {
  const who =
    provider === undefined
      ? `operator ${operator} would register node key ${node}`
      : `provider ${provider}: operator ${operator}, node key ${node}`;
  const capacity =
    capacityUnits === undefined
      ? ''
      : `; would declare ${plural(capacityUnits, 'unit')}, as far as the stake covers them`;
  return who + capacity;
}

function noOperator({ config }: ProviderSetup): StowError {
  return new StowError({
    code: 'keystore-missing',
    message: `there is no operator keystore at ${config.keys.operator}`,
    hint: 'create it with `stowmarket provider init`, or set STOWMARKET_KEY',
    exitCode: ExitCode.notFound,
  });
}
