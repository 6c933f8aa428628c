import { multiaddr } from '@multiformats/multiaddr';
import { expect } from 'chai';

import { silentLogger } from '../../../node/core/logger.ts';
import { Gossip, type GossipVerdict } from '../../../node/network/gossip.ts';
import type { Host } from '../../../node/network/host.ts';
import { GOSSIP_MESSAGES_PER_PEER } from '../../../node/network/limits.ts';
import { HostPool } from './hosts.ts';

const TOPIC = '/stowmarket/test/1.0.0';

describe('Gossip', function () {
  this.timeout(60_000);
  const pool = new HostPool();
  let heard: string[][];

  /** Hosts that meet through one another. */
  async function line(count: number, judge: (text: string) => GossipVerdict): Promise<Gossip[]> {
    heard = Array.from({ length: count }, () => []);
    const hosts: Host[] = [];
    for (let at = 0; at < count; at += 1) hosts.push(await pool.start({ topics: [TOPIC] }));
    const gossips = hosts.map((host, at) => {
      const gossip = new Gossip({ service: host.services.gossip!, logger: silentLogger }, { topic: TOPIC });
      gossip.start(async (data) => {
        const text = Buffer.from(data).toString();
        heard[at]!.push(text);
        return judge(text);
      });
      return gossip;
    });
    for (let at = 1; at < count; at += 1) {
      await hosts[at]!.dial(hosts[at - 1]!.getMultiaddrs().map((address) => multiaddr(address.toString())));
    }
    await until(() => hosts.every((host) => host.services.gossip!.getSubscribers(TOPIC).length > 0));
    return gossips;
  }

  afterEach(async () => pool.stopAll());

  it('tells all hosts, each once', async () => {
    const [first] = await line(3, () => 'accept');
    await publishUntil(first!, 'good', () => heard[2]!.length > 0);
    await first!.publish(Buffer.from('good at last'));
    await until(() => heard[1]!.includes('good at last') && heard[2]!.includes('good at last'));
    await pause(500);
    for (const texts of heard.slice(1)) expect(new Set(texts).size).to.equal(texts.length);
  });

  it('stops listening to a peer that forges, and spares whoever is only unlucky', async () => {
    const [first] = await line(2, (text) =>
      text.startsWith('forged') ? 'reject' : text.startsWith('late') ? 'ignore' : 'accept',
    );
    await publishUntil(first!, 'good', () => heard[1]!.length > 0);
    for (let count = 0; count < 20; count += 1) await first!.publish(Buffer.from(`late ${count}`));
    await first!.publish(Buffer.from('good again'));
    await until(() => heard[1]!.includes('good again'));
    for (let count = 0; count < 30; count += 1) {
      await first!.publish(Buffer.from(`forged ${count}`));
      await pause(20);
    }
    await until(() => heard[1]!.some((text) => text.startsWith('forged')));
    // Scores are looked at once a heartbeat.
    await pause(2_000);
    const before = heard[1]!.length;
    for (let count = 0; count < 5; count += 1) await first!.publish(Buffer.from(`good but late ${count}`));
    await pause(1_000);
    expect(heard[1]!.length, 'its messages are not even looked at').to.equal(before);
  });

  it('looks at so many messages of one peer in a minute, and no more', async () => {
    const [first] = await line(2, () => 'accept');
    await publishUntil(first!, 'good', () => heard[1]!.length > 0);
    const flood = 2 * GOSSIP_MESSAGES_PER_PEER;
    for (let count = 0; count < flood; count += 1) await first!.publish(Buffer.from(`flood ${count}`));
    await until(() => heard[1]!.length >= GOSSIP_MESSAGES_PER_PEER);
    await pause(1_000);
    expect(heard[1]!.length).to.equal(GOSSIP_MESSAGES_PER_PEER);
  });
});

/** A mesh takes heartbeats to form: what is sent before that may reach nobody. */
async function publishUntil(gossip: Gossip, text: string, done: () => boolean): Promise<void> {
  for (let count = 0; !done(); count += 1) {
    await gossip.publish(Buffer.from(`${text} ${count}`));
    await pause(200);
  }
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await pause(20);
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
