import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { Wallet } from 'ethers';
import { expect } from 'chai';

import { fromHex, to0x, toHex } from '../../../node/core/bytes.ts';
import { isStowError } from '../../../node/core/errors.ts';
import {
  compressPublicKey,
  evmAddress,
  nodeIdentity,
  parsePeerId,
  peerIdOfPublicKey,
  publicKeyOfPeerId,
  uncompressPublicKey,
} from '../../../node/network/identity.ts';
import { newNodeKey } from './hosts.ts';

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return isStowError(error) ? error.code : String(error);
  }
}

describe('node identity', () => {
  it('has the address that ethers derives and the peer id that libp2p derives, for 50 keys', () => {
    for (let i = 0; i < 50; i++) {
      const key = newNodeKey();
      const identity = nodeIdentity(key);
      expect(identity.address).to.equal(new Wallet(to0x(key)).address);
      expect(identity.peerId.toString()).to.equal(peerIdFromPublicKey(privateKeyFromRaw(key).publicKey).toString());
      expect(identity.peerId.toString()).to.match(/^16Uiu2HA/);
    }
  });

  it('is that of a well-known key', () => {
    const key = fromHex('ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80');
    expect(nodeIdentity(key).address).to.equal('0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266');
  });

  it('goes from public key to peer id and back, in both forms', () => {
    const { publicKey, peerId, address } = nodeIdentity(newNodeKey());
    const long = uncompressPublicKey(publicKey);
    expect([publicKey.byteLength, long.byteLength]).to.deep.equal([33, 65]);
    expect(toHex(compressPublicKey(long))).to.equal(toHex(publicKey));
    for (const form of [publicKey, long]) {
      expect(peerIdOfPublicKey(form).toString()).to.equal(peerId.toString());
      expect(evmAddress(form)).to.equal(address);
    }
    expect(toHex(publicKeyOfPeerId(parsePeerId(peerId.toString())))).to.equal(toHex(publicKey));
  });

  it('refuses keys and ids that are none', () => {
    const order = secp256k1.Point.Fn.ORDER.toString(16);
    for (const key of [new Uint8Array(32), new Uint8Array(31).fill(1), fromHex(order), new Uint8Array(32).fill(255)]) {
      expect(codeOf(() => nodeIdentity(key))).to.equal('node-key-invalid');
    }
    for (const key of [
      new Uint8Array(33),
      new Uint8Array(65).fill(4),
      Uint8Array.of(2),
      new Uint8Array(33).fill(255),
    ]) {
      expect(codeOf(() => uncompressPublicKey(key))).to.equal('public-key-invalid');
    }
    for (const text of ['', 'hello', '16Uiu2HA', '0x00']) {
      expect(codeOf(() => parsePeerId(text))).to.equal('peer-id-invalid');
    }
    const ed25519 = parsePeerId('12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5');
    expect(codeOf(() => publicKeyOfPeerId(ed25519))).to.equal('peer-id-invalid');
  });
});
