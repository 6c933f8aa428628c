import { answerBid, type BidAnswer } from '../../chain/actions/answer-bid.ts';
import { endAgreement } from '../../chain/actions/end-agreement.ts';
import { postRepair, type PostRepairParameters } from '../../chain/actions/post-repair.ts';
import { readAccountOwner } from '../../chain/actions/read-account-owner.ts';
import { readAgreement } from '../../chain/actions/read-agreement.ts';
import { readAvailable } from '../../chain/actions/read-available.ts';
import { readBid } from '../../chain/actions/read-bid.ts';
import { readDuty } from '../../chain/actions/read-duty.ts';
import { readHoldersOf } from '../../chain/actions/read-holders-of.ts';
import { readIsNonceUsed } from '../../chain/actions/read-is-nonce-used.ts';
import { readLostUnits } from '../../chain/actions/read-lost-units.ts';
import { readPeerKey } from '../../chain/actions/read-peer-key.ts';
import { readProvider, readProviderAddresses } from '../../chain/actions/read-provider.ts';
import { readProviderOfNode } from '../../chain/actions/read-provider-of-node.ts';
import { readRepair } from '../../chain/actions/read-repair.ts';
import { readRootOf } from '../../chain/actions/read-root-of.ts';
import { readSession } from '../../chain/actions/read-session.ts';
import { readUnitsOf } from '../../chain/actions/read-units-of.ts';
import type { Sender } from '../../chain/tx-sender.ts';
import type { Address, AgreementId, Hex } from '../../market/messages.ts';
import { readFormedObject, readRepairLog } from './repair-log.ts';

type Signal = AbortSignal | undefined;

/** What repairing takes of the chain. Services take the part of it that they use. */
export type RepairChain = ReturnType<typeof repairChain>;

/** Binds the chain's actions to a node key. */
export function repairChain(sender: Sender) {
  const { view } = sender;
  const { repairs: key } = view.deployment.contracts;
  return {
    news: (from: bigint, to: bigint, signal?: Signal) => readRepairLog(view, { from, to }, signal),
    objectOf: (id: AgreementId, range: { from: bigint; to: bigint }, signal?: Signal) =>
      readFormedObject(view, id, range, signal),
    repair: (lost: AgreementId, signal?: Signal) => readRepair(view, lost, { signal }),
    postRepair: (what: PostRepairParameters, signal?: Signal) => postRepair(sender, what, { signal }),
    /** What the client lets anybody spend on repairs. */
    session: (owner: Address, signal?: Signal) => readSession(view, { owner, key }, { signal }),
    available: (owner: Address, signal?: Signal) => readAvailable(view, owner, { signal }),
    bid: (bidId: bigint, signal?: Signal) => readBid(view, bidId, { signal }),
    answerBid: (bidId: bigint, answer: BidAnswer, signal?: Signal) =>
      answerBid(sender, { bidId, answers: [answer] }, { signal }),
    isNonceUsed: (client: Address, nonce: bigint, signal?: Signal) => readIsNonceUsed(view, client, nonce, { signal }),
    agreement: (id: AgreementId, signal?: Signal) => readAgreement(view, id, { signal }),
    accountOwner: (account: number, signal?: Signal) => readAccountOwner(view, account, { signal }),
    duty: (provider: number, signal?: Signal) => readDuty(view, provider, { signal }),
    end: (id: AgreementId, signal?: Signal) => endAgreement(sender, { id }, { signal }),
    lostUnits: (id: AgreementId, signal?: Signal) => readLostUnits(view, id, { signal }),
    rootOf: (id: AgreementId, signal?: Signal) => readRootOf(view, id, { signal }),
    unitsOf: (id: AgreementId, signal?: Signal) => readUnitsOf(view, id, { signal }),
    holdersOf: (client: Address, objectKey: Hex, signal?: Signal) => readHoldersOf(view, client, objectKey, { signal }),
    providerRecord: (provider: number, signal?: Signal) => readProvider(view, provider, { signal }),
    providerAddresses: (provider: number, signal?: Signal) => readProviderAddresses(view, provider, { signal }),
    peerKey: (provider: number, registeredAt: number, signal?: Signal) =>
      readPeerKey(view, { provider, registeredAt }, { signal }),
    providerOfNode: (nodeAddress: Address, signal?: Signal) => readProviderOfNode(view, nodeAddress, { signal }),
  };
}
