import { type Difference, sentenceOf } from '../audit/findings.ts';
import type { Movement } from '../audit/ledger.ts';
import { LOCKERS } from '../audit/replay/accounts.ts';
import { type ReplayedAgreement, agreementName, lockedFor } from '../audit/replay/agreement.ts';
import type { AuditResult } from '../audit/run-audit.ts';
import { AgreementStatus } from '../chain/records.ts';
import { formatAgreementId } from '../market/agreement-id.ts';
import type { AgreementId } from '../market/messages.ts';
import { formatAmount, formatCount, formatTable, plural } from './format.ts';
import type { JsonRecord } from './output.ts';

/** An audit, and what of it was asked for. */
export interface AuditView extends AuditResult {
  from?: bigint;
  agreement?: AgreementId;
}

const CSV_HEADER = 'block,log_index,transaction,what,from,to,agreement,provider,amount_wei';
const STATUS_NAMES = new Map<number, string>([
  [AgreementStatus.active, 'active'],
  [AgreementStatus.kept, 'kept'],
  [AgreementStatus.failed, 'failed'],
  [AgreementStatus.handedOver, 'handed over'],
]);

/** Each difference as a sentence. */
export function differenceLines(view: AuditView): string[] {
  const { leftOut } = view.replay.findings;
  const lines = differencesOf(view).map(sentenceOf);
  return leftOut === 0 || lines.length === 0 ? lines : [...lines, `and ${formatCount(leftOut)} more`];
}

/** One line for each movement of money, in the chain's order. */
export function* csvLines(view: AuditView): Generator<string> {
  yield CSV_HEADER;
  for (const { place, what, from, to, agreement, provider, amount } of movementsOf(view)) {
    const id = agreement === undefined ? '' : formatAgreementId(agreement);
    yield [place.block, place.logIndex, place.transaction, what, from, to, id, provider ?? '', amount].join(',');
  }
}

/** The whole audit for programs. */
export function auditRecord(view: AuditView): JsonRecord {
  const { replay, block, fromBlock, given } = view;
  const differences = differencesOf(view);
  return {
    type: 'audit',
    agrees: differences.length === 0,
    fromBlock,
    block: block.number,
    blockHash: block.hash,
    events: replay.events,
    compared: replay.findings.compared,
    differences: differences.map((difference) => ({ ...difference, sentence: sentenceOf(difference) })),
    differencesElsewhere: replay.findings.differences.length - differences.length,
    differencesLeftOut: replay.findings.leftOut,
    escrow: { held: replay.accounts.held, given, ...locksOf(view) },
    agreement: view.agreement === undefined ? undefined : agreementRecord(view, view.agreement),
    movements: movementsOf(view).map(({ place, agreement, ...movement }) => ({
      ...place,
      ...movement,
      agreement: agreement === undefined ? undefined : formatAgreementId(agreement),
    })),
  };
}

/** The whole audit for people. */
export function auditText(view: AuditView): string {
  const { replay, block, fromBlock } = view;
  const differences = differenceLines(view);
  const elsewhere = replay.findings.differences.length - differencesOf(view).length;
  const listed = view.from !== undefined || view.agreement !== undefined;
  return [
    ...(listed ? [movementTable(movementsOf(view)), ''] : []),
    view.agreement === undefined ? moneyTable(view) : agreementTable(view, view.agreement),
    '',
    `blocks ${fromBlock} to ${block.number}: ${plural(replay.events, 'event')} replayed, ${plural(replay.findings.compared, 'value')} compared`,
    ...(differences.length === 0
      ? ['everything agrees, to the wei']
      : [`${plural(differences.length, 'difference')}:`, ...differences.map((line) => `  ${line}`)]),
    ...(elsewhere === 0 ? [] : [`${plural(elsewhere, 'difference')} elsewhere: \`stowmarket audit\` names them`]),
  ].join('\n');
}

function differencesOf({ replay, agreement }: AuditView): Difference[] {
  const { differences } = replay.findings;
  if (agreement === undefined) return differences;
  const name = agreementName(agreement);
  return differences.filter(({ subject }) => subject === name);
}

function movementsOf({ replay, from, agreement }: AuditView): Movement[] {
  return replay.ledger.movements.filter(
    (movement) =>
      (from === undefined || movement.place.block >= from) &&
      (agreement === undefined || movement.agreement === agreement),
  );
}

function movementTable(movements: readonly Movement[]): string {
  return formatTable(
    ['BLOCK', 'WHAT', 'FROM', 'TO', 'WEI'],
    movements.map(({ place, what, from, to, amount }) => [String(place.block), what, from, to, String(amount)]),
  );
}

/** What each of the market's contracts has locked, by its name in a deployment. */
function locksOf({ replay: { accounts } }: AuditView): Record<string, bigint> {
  return Object.fromEntries(LOCKERS.map(([locker, contract]) => [contract, accounts.lockedBy(locker)]));
}

function moneyTable(view: AuditView): string {
  const { replay, given } = view;
  const locks = locksOf(view);
  const { agreements = 0n, collateral = 0n, audits = 0n, orderBook = 0n } = locks;
  const inAccounts = Object.values(locks).reduce((rest, locked) => rest - locked, replay.accounts.held);
  return formatTable(
    ['the escrow holds', formatAmount(replay.accounts.held + given)],
    [
      [`in ${plural(replay.accounts.count, 'account')}`, formatAmount(inAccounts)],
      [`behind ${plural(replay.agreements.all().length, 'agreement')}`, formatAmount(agreements)],
      [`staked by ${plural(replay.registry.count, 'provider')}`, formatAmount(collateral)],
      [`bonds of ${plural(replay.audits.all().length, 'audit')}`, formatAmount(audits)],
      [`behind ${plural(replay.bids.count, 'bid')}`, formatAmount(orderBook)],
      ...(given === 0n ? [] : [['given away to it', formatAmount(given)]]),
    ],
  );
}

function agreementRecord(view: AuditView, id: AgreementId): JsonRecord | undefined {
  const agreement = view.replay.agreements.get(id);
  if (agreement === undefined) return undefined;
  const status = STATUS_NAMES.get(agreement.status);
  return { type: 'agreement', ...agreement, id: formatAgreementId(id), status, locked: lockedOf(view, agreement) };
}

function agreementTable(view: AuditView, id: AgreementId): string {
  const agreement = view.replay.agreements.get(id);
  if (agreement === undefined) return '';
  const { startPeriod, periods, settledPeriods, provenPeriods, paid, refunded, compensated, collateral } = agreement;
  return formatTable(
    ['agreement', formatAgreementId(id)],
    [
      ['state', STATUS_NAMES.get(agreement.status) ?? ''],
      ['periods', `${startPeriod} to ${startPeriod + periods - 1}: ${settledPeriods} settled, ${provenPeriods} proven`],
      ['paid to the provider', formatAmount(paid)],
      ['back to the client', formatAmount(refunded)],
      ['compensation', formatAmount(compensated)],
      ['still locked', formatAmount(lockedOf(view, agreement))],
      ['collateral left', formatAmount(collateral)],
    ],
  );
}

function lockedOf({ replay }: AuditView, agreement: ReplayedAgreement): bigint {
  return lockedFor(agreement, replay.parameters.holdbackBps);
}
