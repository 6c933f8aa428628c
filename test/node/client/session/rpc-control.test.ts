import { expect } from 'chai';
import { privateKeyToAccount } from 'viem/accounts';
import type { z } from 'zod';

import * as messages from '../../../../node/agreements/messages.ts';
import { RpcControl } from '../../../../node/client/session/rpc-control.ts';
import { signAgreement, verifyReserveRequest } from '../../../../node/chain/typed-data.ts';
import { StowError } from '../../../../node/core/errors.ts';
import { fromHex } from '../../../../node/core/bytes.ts';
import type { Hex, StorageAgreement } from '../../../../node/market/messages.ts';
import { expectError } from '../support/expect-error.ts';
import { fakeChainView } from '../support/fake-chain.ts';
import { fakeProvider, NOW_S } from '../support/fake-market.ts';

const account = privateKeyToAccount(`0x${'42'.repeat(32)}`);
const nodeKey = privateKeyToAccount(`0x${'43'.repeat(32)}`);
const stranger = privateKeyToAccount(`0x${'44'.repeat(32)}`);
const chain = fakeChainView();
const provider = { ...fakeProvider(3), nodeAddress: nodeKey.address };
const wish = { objectKey: new Uint8Array(32).fill(5), shardIndex: 2, units: 10, periods: 20, askId: 7n };

const agreement: StorageAgreement = {
  client: account.address,
  provider: 3,
  objectKey: `0x${'05'.repeat(32)}`,
  shardIndex: 2,
  shardRoot: `0x${'06'.repeat(32)}`,
  units: 10,
  pricePerUnitPeriod: 5n,
  periods: 20,
  collateral: 500n,
  askId: 7n,
  bidId: 0n,
  nonce: 1n,
  deadline: BigInt(NOW_S + 600),
};

type Answer = (target: unknown, protocol: string, request: unknown) => unknown;

function control(answer: Answer, targets: unknown[] = ['first']): RpcControl {
  const rpc = {
    call: async <T>(target: unknown, protocol: string, request: unknown, { schema }: { schema: z.ZodType<T> }) =>
      schema.parse(await answer(target, protocol, request)),
  };
  const peers = {
    async *controlTargets() {
      yield* targets as never[];
    },
  };
  return new RpcControl({ rpc, peers, chain, account });
}

describe('control protocol of the client', () => {
  it('asks for room with a request that the wallet signed', async () => {
    let seen: messages.ReserveMessage | undefined;
    const reservation = await control((_target, protocol, request) => {
      expect(protocol).to.equal(messages.PROTOCOLS.reserve);
      seen = messages.reserveMessageSchema.parse(request);
      return { reservationId: 'ab'.repeat(16), bulk: ['/ip4/127.0.0.1/tcp/1/tls/http'], expiresAt: NOW_S + 900 };
    }).reserve(provider, wish, {});
    expect(reservation).to.deep.equal({ id: 'ab'.repeat(16), bulk: ['/ip4/127.0.0.1/tcp/1/tls/http'] });
    expect(seen?.request).to.include({ provider: 3, shardIndex: 2, units: 10, periods: 20, askId: 7n });
    expect(Number(seen?.request.expiry) - NOW_S).to.be.within(60, 15 * 60);
    expect(await verifyReserveRequest(chain.deployment, seen!.request, seen!.signature)).to.equal(true);
  });

  it('names the shard that a provider has already, and hears whether it does', async () => {
    const held = `0x${'06'.repeat(32)}` as const;
    const reservation = await control((_target, _protocol, request) => {
      expect(messages.reserveMessageSchema.parse(request).held).to.equal(held);
      return { reservationId: 'ab'.repeat(16), bulk: [], expiresAt: NOW_S + 900, stored: true };
    }).reserve(provider, { ...wish, held }, {});
    expect(reservation).to.include({ stored: true });
  });

  async function signWith(key: typeof nodeKey, signed = agreement): Promise<Hex> {
    const signature = await signAgreement(key, chain.deployment, signed);
    return control(() => ({ signature: fromHex(signature, 65) })).sign(provider, 'ab'.repeat(16), agreement, {});
  }

  it('takes the node key’s signature of the agreement, and nothing else', async () => {
    expect(await signWith(nodeKey)).to.have.lengthOf(132);
    await expectError(signWith(stranger), 'provider-bad-signature');
    await expectError(signWith(nodeKey, { ...agreement, collateral: 1n }), 'provider-bad-signature');
  });

  it('goes to the next address only when the first does not answer', async () => {
    const asked: unknown[] = [];
    const unreachable = new StowError({ code: 'rpc-unreachable', message: 'no route', retryable: true });
    await control(
      (target) => {
        asked.push(target);
        if (target === 'stale') throw unreachable;
        return {};
      },
      ['stale', 'fresh', 'unneeded'],
    ).release(provider, 'ab'.repeat(16), {});
    expect(asked).to.deep.equal(['stale', 'fresh']);

    const refusal = new StowError({ code: 'reserve-no-room', message: 'full' });
    const refusing = control(
      (target) => {
        asked.push(target);
        throw refusal;
      },
      ['only', 'never'],
    );
    await expectError(refusing.reserve(provider, wish, {}), 'reserve-no-room');
    expect(asked).to.deep.equal(['stale', 'fresh', 'only']);
  });
});
