import { Command } from 'commander';
import { isAddress } from 'viem';

import { type HistoryEntry, readProviderHistory } from '../../audit/provider-history.ts';
import { readCurrentPeriod } from '../../chain/actions/read-current-period.ts';
import { readReputation } from '../../chain/actions/read-reputation.ts';
import type { MarketSession } from '../../client/session/market-session.ts';
import type { MarketIndex, ProviderRow } from '../../chain/market-index.ts';
import { formatSpeed, type Service, serviceOf } from '../../market/service.ts';
import { silentLogger } from '../../core/logger.ts';
import { withMarket } from '../client-setup.ts';
import { formatAmount, formatTable } from '../format.ts';
import { runCommand, type ProgramContext, type Run } from '../program-context.ts';
import { unknownProvider } from '../unknown-provider.ts';

/** `stowmarket reputation`: what the contracts saw of a provider. */
export function reputationCommand(context: ProgramContext): Command {
  const command = new Command('reputation')
    .description('show what the chain has seen of a provider; needs no wallet')
    .argument('<provider>', "provider id, or the address of its node key or operator's wallet")
    .option('--history', 'recompute it from the event log, and show how it came about')
    .addHelpText(
      'after',
      '\nExamples:\n  stowmarket reputation 3\n  stowmarket reputation 3 --history\n  stowmarket reputation 3 --json\n',
    );
  command.action(async (provider: string, options: { history?: boolean }) =>
    runCommand(context, command, async (run) =>
      withMarket(run, async ({ market }) => show(run, market, provider, options.history === true)),
    ),
  );
  return command;
}

async function show({ output, signal }: Run, market: MarketSession, text: string, withHistory: boolean): Promise<void> {
  const row = await findProvider(market.index, text);
  const period = await readCurrentPeriod(market.chain, { signal });
  const { record, score } = await readReputation(market.chain, { provider: row.id, period }, { signal });
  const running = await market.index.activeAgreementCount(row.id);
  const history = withHistory
    ? await readProviderHistory({ view: market.chain, logger: silentLogger }, row.id, { signal })
    : undefined;
  output.result(
    {
      type: 'reputation',
      provider: row.id,
      operator: row.operator,
      nodeAddress: row.nodeAddress,
      score,
      provenPeriods: row.provenPeriods,
      missedPeriods: record.missed,
      kept: record.kept,
      handedOver: record.handedOver,
      failedAgreements: record.failed,
      audited: record.audited,
      auditsFailed: row.auditsFailed,
      lastProvenPeriod: row.lastProvenPeriod,
      failed: row.failed,
      free: row.free,
      locked: row.locked,
      activeAgreements: running,
      reads: serviceOf(row),
      period,
      history,
    },
    `${formatTable(
      ['provider', String(row.id)],
      [
        ['operator', row.operator],
        ['node key', row.nodeAddress],
        ['score', `${score.toFixed(3)} (0 is new or bad, 1 is best)`],
        [
          'periods',
          `${row.provenPeriods} proven, ${record.missed} missed${row.lastProvenPeriod === undefined ? '' : `; last proof in period ${row.lastProvenPeriod}, now is ${period}`}`,
        ],
        [
          'agreements',
          `${running} running, ${record.kept} kept, ${record.handedOver} handed over, ${record.failed} failed`,
        ],
        ['audited', `${record.audited} answered, ${row.auditsFailed} failed`],
        ['paid reads', readsOf(serviceOf(row))],
        ['stake', `${formatAmount(row.free)} free, ${formatAmount(row.locked)} behind agreements`],
        ...(row.failed ? [['state', 'failed for good: it missed too many periods']] : []),
      ],
    )}${history === undefined ? '' : `\n\n${tableOf(history)}`}`,
  );
}

function readsOf(service: Service | undefined): string {
  if (service === undefined) return 'none on the record';
  const { paid, firstByteMs, kibPerSecond } = service;
  const speed = kibPerSecond === undefined ? '' : `, ${formatSpeed(kibPerSecond)}`;
  return `${Math.round(firstByteMs)} ms to the first byte${speed}; ${formatAmount(paid)} paid, older ones counted for less`;
}

function tableOf(history: readonly HistoryEntry[]): string {
  return formatTable(
    ['PERIOD', 'BLOCK', 'SEEN', 'SCORE'],
    history.map(({ period, block, what, count, score }) => [
      String(period),
      String(block),
      count === 1 ? what : `${what} (${count})`,
      score.toFixed(3),
    ]),
  );
}

async function findProvider(index: MarketIndex, text: string): Promise<ProviderRow> {
  const row = await (/^\d{1,10}$/.test(text) ? index.provider(Number(text)) : byAddress(index, text));
  if (row !== undefined) return row;
  throw unknownProvider(text, await index.providerCount());
}

async function byAddress(index: MarketIndex, text: string): Promise<ProviderRow | undefined> {
  if (!isAddress(text, { strict: false })) return undefined;
  return (await index.providerOfNode(text)) ?? (await index.providersOfOperator(text))[0];
}
