import { fetchEarnings } from '../../provider/admin-client.ts';
import type { ProviderEarnings } from '../../provider/earnings.ts';
import { formatAmount, formatTable, instant } from '../format.ts';
import type { Run } from '../program-context.ts';
import { loadSetup, type SetupOptions } from './provider-setup.ts';

/** `provider earnings`: asks the running provider of the data folder. */
export async function showEarnings(run: Run, options: SetupOptions): Promise<void> {
  const { config } = await loadSetup(run, options);
  const earnings = await fetchEarnings(config.dataDir);
  run.output.result({ type: 'provider-earnings', ...earnings }, describe(earnings));
}

function describe({ storage, retrieval, reportFees }: ProviderEarnings): string {
  const totals = formatTable(
    ['storage', `${amount(storage.paid)} paid, ${amount(storage.heldBack)} held back to the ends of agreements`],
    [
      ['', `${amount(storage.unsettled)} for periods that are over and not settled, if they were proven`],
      ['reads', `${amount(retrieval.redeemed)} redeemed, ${amount(retrieval.pending)} pending`],
      [
        '',
        `${amount(retrieval.atRisk)} of it at risk: lost unless it is redeemed before its channel takes no vouchers any more`,
      ],
      ['', `${amount(retrieval.lost)} lost: not redeemed in time`],
      ['report fees', `${amount(reportFees.paid)} paid, ${amount(reportFees.owed)} owed`],
    ],
  );
  return retrieval.channels.length === 0 ? totals : `${totals}\n\n${channelTable(retrieval.channels)}`;
}

function channelTable(channels: ProviderEarnings['retrieval']['channels']): string {
  return formatTable(
    ['CHANNEL', 'CLIENT', 'DEPOSIT', 'REDEEMED', 'PENDING', 'TAKES VOUCHERS'],
    channels.map(({ channel, client, deposit, redeemed, pending, atRisk, closesAt, closed }) => [
      channel,
      client,
      amount(deposit),
      amount(redeemed),
      `${amount(pending)}${atRisk ? ', at risk' : ''}`,
      closed ? 'no more' : `until ${instant(closesAt)}`,
    ]),
  );
}

function amount(wei: string): string {
  return formatAmount(BigInt(wei));
}
