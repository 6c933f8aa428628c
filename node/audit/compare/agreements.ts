import { AgreementStatus } from '../../chain/records.ts';
import { type ReplayedAgreement, agreementName, providerOf, settledTo, wholeCollateral } from '../replay/agreement.ts';
import { auditName } from '../replay/audits.ts';
import type { MarketReplay } from '../replay/market-replay.ts';
import { nonceName } from '../replay/nonces.ts';
import type { Check, StateReader } from './reader.ts';

/** Agreements, the shards of objects, nonces and audits. */
export function* agreementsChecks(replay: MarketReplay, reader: StateReader): Generator<Check> {
  for (const agreement of replay.agreements.all()) yield* agreementChecks(replay, reader, agreement);
  for (const { client, objectKey, shards } of replay.agreements.objects()) {
    const length = Math.max(...shards.keys()) + 1;
    const holders = Array.from({ length }, (_, shard) => shards.get(shard) ?? 0n).join(', ');
    yield {
      subject: `object ${objectKey} of ${client}`,
      replayed: { holders },
      read: async () => {
        const ids = await reader.market('agreements', 'holdersOf', [client, objectKey]);
        // The chain keeps four to a word; empty places after the last shard say nothing.
        return { holders: ids.slice(0, Math.max(length, ids.findLastIndex((id) => id !== 0n) + 1)).join(', ') };
      },
    };
  }
  for (const [signer, nonce] of replay.agreements.nonces.all()) {
    yield {
      subject: nonceName(signer, nonce),
      replayed: { used: true },
      read: async () => ({ used: await reader.market('agreements', 'isNonceUsed', [signer, nonce]) }),
    };
  }
}

/** One agreement. */
export function* agreementChecks(
  { accounts }: MarketReplay,
  reader: StateReader,
  agreement: ReplayedAgreement,
): Generator<Check> {
  const { id, client, startPeriod, periods, pricePerUnitPeriod, settledPeriods, provenPeriods } = agreement;
  const { collateralPeriods, shardIndex, status, openAudits, repair, shardRoot, isHeld, units, collateral } = agreement;
  const subject = agreementName(id);
  const term = { startPeriod, periods, pricePerUnitPeriod, settledPeriods, provenPeriods };
  const rest = { collateralPeriods, shardIndex, status, openAudits, repair };
  yield {
    subject,
    replayed: { clientAccount: accounts.numberOf(client) ?? 0, ...term, ...rest },
    read: async () => reader.market('agreements', 'agreements', [id]),
  };
  yield {
    subject,
    replayed: { units: isHeld ? units : 0 },
    read: async () => ({ units: await reader.market('possessionProofs', 'unitsOf', [id]) }),
  };
  yield {
    subject,
    replayed: { root: shardRoot },
    read: async () => ({ root: await reader.market('possessionProofs', 'rootOf', [id]) }),
  };
  if (status !== AgreementStatus.active) return;
  const args = [providerOf(agreement), startPeriod, settledTo(agreement), wholeCollateral(agreement)] as const;
  yield {
    subject,
    replayed: { 'collateral left': collateral },
    read: async () => ({ 'collateral left': await reader.market('collateral', 'remainingOf', args) }),
  };
}

export function* auditChecks({ accounts, audits }: MarketReplay, reader: StateReader): Generator<Check> {
  const all = audits.all();
  yield {
    subject: 'the audits',
    replayed: { audits: all.length },
    read: async () => ({ audits: await reader.market('audits', 'auditCount', []) }),
  };
  for (const [number, { agreement, challenger, openedAt, deadline, open }] of all) {
    yield {
      subject: auditName(number),
      replayed: { agreement, challengerAccount: accounts.numberOf(challenger) ?? 0, openedAt, deadline, open },
      read: async () => reader.market('audits', 'audits', [number]),
    };
  }
}
