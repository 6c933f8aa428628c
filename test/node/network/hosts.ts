import { secp256k1 } from '@noble/curves/secp256k1.js';

import { silentLogger } from '../../../node/core/logger.ts';
import { createHost, type Host, type HostInit } from '../../../node/network/host.ts';

export function newNodeKey(): Uint8Array {
  return secp256k1.utils.randomSecretKey();
}

/** Starts devnet hosts on free loopback ports and stops all of them again. */
export class HostPool {
  readonly #hosts: Host[] = [];

  async start(init: Partial<HostInit> = {}): Promise<Host> {
    const host = await createHost({
      nodeKey: newNodeKey(),
      listen: init.mode === 'client' ? [] : ['/ip4/127.0.0.1/tcp/0'],
      mode: 'provider',
      devnet: true,
      logger: silentLogger,
      ...init,
    });
    this.#hosts.push(host);
    return host;
  }

  async stopAll(): Promise<void> {
    await Promise.all(this.#hosts.splice(0).map(async (host) => host.stop()));
  }
}

export function bootstrapOf(host: Host): { peerId: string; addrs: string[] } {
  return { peerId: host.peerId.toString(), addrs: host.getMultiaddrs().map(String) };
}
