import { agreementsAbi } from '../../../node/chain/abi/agreements.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import { contractCall } from '../../../node/chain/contract-call.ts';
import { agreementsDomain } from '../../../node/chain/typed-data.ts';
import type { AgreementId, Hex } from '../../../node/market/messages.ts';
import type { TestProvider } from './market-fixture.ts';

const HOUR_S = 3_600;
const handoverTypes = {
  Handover: [
    { name: 'agreement', type: 'uint64' },
    { name: 'objectKey', type: 'bytes32' },
    { name: 'successor', type: 'uint32' },
    { name: 'nonce', type: 'uint64' },
    { name: 'deadline', type: 'uint64' },
  ],
} as const;

/** Passes an agreement of a provider on to another, which signs for it. */
export async function handOver(
  { sender }: TestProvider,
  { id, objectKey }: { id: AgreementId; objectKey: Hex },
  successor: TestProvider,
): Promise<void> {
  const { view } = sender;
  const { seconds } = await readChainTime(view);
  const message = {
    agreement: id,
    objectKey,
    successor: successor.id,
    nonce: 1n,
    deadline: BigInt(seconds + HOUR_S),
  };
  const domain = agreementsDomain(view.deployment);
  const typed = { domain, types: handoverTypes, primaryType: 'Handover', message } as const;
  const call = contractCall('hand over', {
    address: view.deployment.contracts.agreements,
    abi: agreementsAbi,
    functionName: 'handOver',
    args: [message, await successor.nodeKey.signTypedData(typed)],
  });
  await sender.send(call);
}
