import { setFlagsFromString } from 'node:v8';

import type { ExitCode } from '../../core/errors.ts';
import { createLogger } from '../../core/logger.ts';
import type { Run } from '../program-context.ts';
import { loadSetup, openNodeKey, openOperatorKey, passwordSource, type SetupOptions } from './provider-setup.ts';

const QUESTION = 'Password of the keystores: ';

/** `provider start`: runs in the foreground until SIGINT, SIGTERM or `provider stop`. Log lines go to standard error. */
export async function startProvider(run: Run, options: SetupOptions): Promise<ExitCode | void> {
  const { output, signal, io, globals } = run;
  keepYoungHeapSmall();
  const { ProviderNode } = await import('../../provider/node.ts');
  const setup = await loadSetup(run, options);
  const passwords = passwordSource(setup, io, QUESTION);
  const nodeKey = await openNodeKey(setup, passwords);
  const operatorKey = await openOperatorKey(setup, passwords);
  const level = globals.quiet ? 'warn' : setup.config.log.level;
  const logger = createLogger({ level: globals.debug ? 'debug' : level, base: { node: nodeKey.address } });

  const { node, ready } = await ProviderNode.start({
    config: setup.config,
    nodeKey: nodeKey.privateKey,
    operatorKey: operatorKey?.privateKey,
    logger,
    signal,
  });
  const lines = [
    `provider ${ready.provider} is ready: ${ready.peerId}`,
    ...ready.addresses.map((address) => `  ${address}`),
  ];
  output.result({ type: 'provider-ready', ...ready, pid: process.pid }, lines.join('\n'));

  await Promise.race([aborted(signal), node.stopRequested]);
  logger.info({}, 'stopping');
  await node.stop();
  logger.info({}, 'stopped');
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/**
 * Keeps V8's space for new objects at the size that it has now. It would grow to 128 MiB, which this program, whose bulk bytes
 * lie outside the heap, fills with nothing but garbage: measured, a third of all its memory, and no gain in speed.
 * Set here, since V8's own setting for it counts only on the command line.
 */
function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
