import { expect } from 'chai';

import { SignedAskPool } from '../../../node/agreements/signed-ask-pool.ts';
import {
  ASKS_PROTOCOL,
  asksResponseSchema,
  encodeGossip,
  MAX_OFFER_BYTES,
} from '../../../node/agreements/signed-ask-messages.ts';
import type { ControlTransport } from '../../../node/agreements/control-server.ts';
import type { AskVerdict } from '../../../node/agreements/signed-ask-judge.ts';
import { systemClock } from '../../../node/core/clock.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import type { SignedOffer } from '../../../node/market/messages.ts';
import { AskSpreader } from '../../../node/provider/ask-spreader.ts';
import { askOf, NOW_S } from '../agreements/samples.ts';

const offer = (nonce = 1n): SignedOffer => ({
  signed: { ask: askOf(), nonce, series: 0 },
  signature: `0x${'11'.repeat(65)}`,
});

describe('AskSpreader', () => {
  let verdict: AskVerdict;
  let published: Uint8Array[];
  let announced: number;
  let answer: (() => Promise<unknown>) | undefined;
  let spreader: AskSpreader;
  let pool: SignedAskPool;

  beforeEach(async () => {
    [verdict, published, announced, pool] = [{ verdict: 'good', askId: 5n }, [], 0, new SignedAskPool()];
    const rpc: ControlTransport = {
      handle: async (protocol, handler) => {
        expect(protocol).to.equal(ASKS_PROTOCOL);
        answer = async () =>
          handler.handler(handler.schema.parse({}), { remotePeer: undefined as never, signal: undefined as never });
      },
    };
    spreader = new AskSpreader({
      gossip: {
        start: () => undefined,
        stop: () => undefined,
        publish: async (data) => published.push(data),
      },
      rpc,
      announce: async () => {
        announced += 1;
        return { stored: 1 };
      },
      judge: { judge: async () => verdict },
      pool,
      chainClock: { nowS: () => NOW_S },
      clock: systemClock,
      logger: silentLogger,
    });
  });
  afterEach(async () => spreader.stop());

  const told = async (): Promise<SignedOffer[]> => asksResponseSchema.parse(await answer?.()).offers;

  it('passes on what is good and new, keeps to itself what it knows, and tells clients', async () => {
    await spreader.start();
    expect(await told()).to.deep.equal([]);
    const bytes = encodeGossip(offer(), NOW_S);
    expect(await spreader.judge(bytes)).to.equal('accept');
    expect(await spreader.judge(encodeGossip(offer(), NOW_S + 1)), 'replayed').to.equal('ignore');
    expect(await told()).to.deep.equal([offer()]);
    expect(announced, 'it signs none itself').to.equal(0);
  });

  it('holds forgeries and nonsense against their sender, and nothing else', async () => {
    await spreader.start();
    for (const bytes of [Buffer.from('nonsense'), Buffer.alloc(MAX_OFFER_BYTES + 1), Buffer.alloc(0)])
      expect(await spreader.judge(bytes)).to.equal('reject');
    verdict = { verdict: 'forged', reason: 'not signed' };
    expect(await spreader.judge(encodeGossip(offer(), NOW_S))).to.equal('reject');
    verdict = { verdict: 'stale', reason: 'series over' };
    expect(await spreader.judge(encodeGossip(offer(), NOW_S))).to.equal('ignore');
    expect(await told()).to.deep.equal([]);
  });

  it('spreads its own ask at once, and a newer one in its place', async () => {
    await spreader.start();
    spreader.offer(offer(1n), 1n);
    await until(() => published.length === 1);
    spreader.offer(offer(2n), 2n);
    await until(() => published.length === 2);
    expect(published[1]).to.deep.equal(encodeGossip(offer(2n), NOW_S));
  });
});

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}
