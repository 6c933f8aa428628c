import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { answerBid } from '../../../node/chain/actions/answer-bid.ts';
import { deposit } from '../../../node/chain/actions/deposit.ts';
import { cancelBid } from '../../../node/chain/actions/end-bid.ts';
import { postBid } from '../../../node/chain/actions/post-bid.ts';
import { readChainTime } from '../../../node/chain/actions/read-chain-time.ts';
import type { ChainView } from '../../../node/chain/client.ts';
import type { TxSender } from '../../../node/chain/tx-sender.ts';
import { signAgreement } from '../../../node/chain/typed-data.ts';
import { bidNonce } from '../../../node/market/bid-compatibility.ts';
import type { BidExplanation } from '../../../node/market/explain-bid.ts';
import type { BidTerms } from '../../../node/market/messages.ts';
import { ShardTree } from '../../../node/market/shard-tree.ts';
import { TOKEN, type TestProvider, connect, draft, enrol, sampleBid, senderOf } from '../chain/market-fixture.ts';
import { type TestChain, startChain } from '../support/chain.ts';
import { clientOf, type Client } from './support/client.ts';
import { run } from './support/run.ts';

const PRICE = 10n ** 12n;
const SHARDS = [1, 2].map((digit, shardIndex) => ({
  shardIndex,
  shardRoot: `0x${String(digit).repeat(64)}` as const,
}));

describe('explaining a bid', function () {
  // The first start compiles the contracts.
  this.timeout(600_000);
  let folder: string;
  let chain: TestChain;
  let view: ChainView;
  let client: TxSender;
  let user: Client;
  let cheap: TestProvider;
  let dear: TestProvider;
  let picky: TestProvider;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stow-explain-bid-'));
    chain = await startChain({ periodBlocks: 5_000 });
    view = await connect(chain);
    client = senderOf(view, chain.accounts[1]!);
    user = clientOf(chain, folder, 1);
    await deposit(client, { amount: 100n * TOKEN });
    cheap = await enrol(view, chain.accounts[2]!);
    dear = await enrol(view, chain.accounts[3]!, { pricePerUnitPeriod: 3n * PRICE });
    picky = await enrol(view, chain.accounts[4]!, { minUnits: 50 });
  });
  after(async () => {
    await chain?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function post(over: Partial<BidTerms> = {}): Promise<{ bidId: bigint; terms: BidTerms }> {
    const { seconds } = await readChainTime(view);
    const terms: BidTerms = sampleBid(seconds, {
      shardsRoot: new ShardTree(SHARDS).root,
      shards: 2,
      expiry: seconds + 10_000,
      climbSeconds: 5_000,
      startPrice: 2n * PRICE,
      ceiling: 4n * PRICE,
      ...over,
    });
    return { bidId: (await postBid(client, { terms })).bidId, terms };
  }

  async function explain(bidId: bigint, ...more: string[]): Promise<Record<string, unknown>> {
    return user.must('market', 'explain', '--bid', String(bidId), ...more);
  }

  function verdicts(record: Record<string, unknown>): unknown[] {
    return (record['providers'] as BidExplanation[]).map(({ provider, verdict }) => [provider, verdict]);
  }

  it('says who could answer now, who later and who perhaps, and who has', async () => {
    const { bidId, terms } = await post();
    const explained = await explain(bidId);
    expect(explained).to.deep.include({ type: 'bid-explained', shardsLeft: 2, rest: 'stand', answered: [] });
    expect(verdicts(explained)).to.deep.equal([
      [cheap.id, 'could'],
      [dear.id, 'waits'],
      [picky.id, 'unknown-price'],
    ]);
    const waiting = (explained['providers'] as BidExplanation[])[1]!;
    expect(waiting.sentence).to.match(/the bid pays .* now \[PriceAboveBid\], and from \d+ s on as much/);

    const agreement = {
      ...(await draft(client, cheap, { units: 2, collateral: PRICE * 2n * 3n })),
      objectKey: terms.objectKey,
      ...SHARDS[0]!,
      askId: 0n,
      bidId,
      nonce: bidNonce(bidId, 0),
    };
    const signature = await signAgreement(cheap.nodeKey, view.deployment, agreement);
    const proof = new ShardTree(SHARDS).proofOf(SHARDS[0]!);
    await answerBid(cheap.sender, { bidId, answers: [{ agreement, signature, proof }] });
    const after = await explain(bidId);
    expect(after['shardsLeft']).to.equal(1);
    expect(after['answered']).to.deep.equal([
      { agreement: `${cheap.id}.0`, provider: cheap.id, shardIndex: 0, pricePerUnitPeriod: String(PRICE) },
    ]);
    expect(verdicts(after)[0]).to.deep.equal([cheap.id, 'answered']);

    await chain.rpc('evm_increaseTime', 2_600);
    await chain.mine(1);
    expect(verdicts(await explain(bidId))).to.deep.include([dear.id, 'could']);
    expect(verdicts(await explain(bidId, '--after', String(dear.id)))).to.deep.equal([[picky.id, 'unknown-price']]);
    const words = await run(['market', 'explain', '--bid', String(bidId)], { env: user.env });
    expect(words.stdout).to.match(/answered by provider \d+ \(shard 0\)/);
  });

  it('names the rules that stand against a provider', async () => {
    const objectKey = `0x${'cd'.repeat(32)}` as const;
    const { bidId } = await post({ region: 250, minScoreBps: 5_000, ceiling: 2n * PRICE, climbSeconds: 0, objectKey });
    const [first, ...others] = (await explain(bidId))['providers'] as BidExplanation[];
    expect([first, ...others].every((one) => one?.verdict === 'unfit')).to.equal(true);
    const ruleOf = (id: number): readonly string[] | undefined =>
      [first!, ...others].find(({ provider }) => provider === id)?.rules;
    expect(ruleOf(cheap.id)).to.deep.equal(['BidRegion', 'BidScore']);
    expect(ruleOf(dear.id)).to.deep.equal(['PriceTooLow', 'BidRegion', 'BidScore']);
    await cancelBid(client, { bidId });
    expect(await user.fails('market', 'explain', '--bid', String(bidId))).to.deep.equal([4, 'bid-over']);
  });

  it('says that a bid has run out or was never posted', async () => {
    const { seconds } = await readChainTime(view);
    const { bidId } = await post({ objectKey: `0x${'ef'.repeat(32)}`, expiry: seconds + 5_000, climbSeconds: 100 });
    await chain.rpc('evm_increaseTime', 6_000);
    await chain.mine(1);
    expect(await user.fails('market', 'explain', '--bid', String(bidId))).to.deep.equal([4, 'bid-expired']);
    expect(await user.fails('market', 'explain', '--bid', '77')).to.deep.equal([4, 'bid-unknown']);
    expect(await user.fails('market', 'explain', '--bid', '1', '--size', '1MiB')).to.deep.equal([2, 'explain-what']);
  });
});
