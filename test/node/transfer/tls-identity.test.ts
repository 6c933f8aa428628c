import { webcrypto, X509Certificate as NodeCertificate } from 'node:crypto';
import { createServer, connect, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { publicKeyToProtobuf } from '@libp2p/crypto/keys';
import { encodeSignatureData, generateCertificate, verifyPeerCertificate } from '@libp2p/tls/utils';
import * as x509 from '@peculiar/x509';
import { expect } from 'chai';

import {
  createTlsIdentity,
  peerIdOfCertificate,
  remotePeerId,
  TLS_OPTIONS,
} from '../../../node/transfer/tls-identity.ts';
import { failureOf, newIdentity } from './fixtures.ts';

const DAY_MS = 86_400_000;

function der(pem: string): Uint8Array {
  return new NodeCertificate(pem).raw;
}

interface Forgery {
  notBefore?: number;
  notAfter?: number;
  /** Signs with this node key in place of the one in the extension. */
  signWith?: ReturnType<typeof newIdentity>;
  extension?: 'missing' | 'garbage' | 'other-key';
  /** Issued by another key: not self-signed. */
  issuer?: boolean;
}

/** A certificate as libp2p's specification describes it, except for what `forgery` says. */
async function forged(node: ReturnType<typeof newIdentity>, forgery: Forgery = {}): Promise<Uint8Array> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const generate = () => webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const keys = await generate();
  const other = await generate();
  const signed = forgery.extension === 'other-key' ? other.publicKey : keys.publicKey;
  const spki = await webcrypto.subtle.exportKey('spki', signed);
  const signature = await (forgery.signWith ?? node).privateKey.sign(encodeSignatureData(spki));
  const octets = (bytes: Uint8Array): number[] => [0x04, ...length(bytes.byteLength), ...bytes];
  const content = [...octets(publicKeyToProtobuf(node.privateKey.publicKey)), ...octets(signature)];
  const sequence = Uint8Array.from([0x30, ...length(content.length), ...content]);
  const value = forgery.extension === 'garbage' ? Uint8Array.of(0x30, 0x00) : sequence;
  // Given the provider, because importing libp2p's TLS sets another as the default.
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: '01',
      subject: 'CN=subject',
      issuer: forgery.issuer === true ? 'CN=issuer' : 'CN=subject',
      notBefore: new Date(Date.now() + (forgery.notBefore ?? -DAY_MS)),
      notAfter: new Date(Date.now() + (forgery.notAfter ?? DAY_MS)),
      publicKey: keys.publicKey,
      signingKey: forgery.issuer === true ? other.privateKey : keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: forgery.extension === 'missing' ? [] : [new x509.Extension('1.3.6.1.4.1.53594.1.1', true, value)],
    },
    webcrypto,
  );
  return new Uint8Array(certificate.rawData);
}

function length(bytes: number): number[] {
  return bytes < 128 ? [bytes] : [0x81, bytes];
}

describe('TLS identity', () => {
  it('libp2p’s own verification accepts our certificate, and ours accepts libp2p’s', async () => {
    const node = newIdentity();
    const ours = await createTlsIdentity(node.privateKey);
    expect((await verifyPeerCertificate(der(ours.cert), node.peerId)).toString()).to.equal(node.peerId.toString());
    const theirs = await generateCertificate(node.privateKey);
    expect((await peerIdOfCertificate(der(theirs.cert))).toString()).to.equal(node.peerId.toString());
  });

  it('accepts a certificate built by hand after the specification', async () => {
    const node = newIdentity();
    expect((await peerIdOfCertificate(await forged(node))).toString()).to.equal(node.peerId.toString());
  });

  const forgeries: Record<string, Forgery> = {
    'that has expired': { notAfter: -1_000, notBefore: -DAY_MS },
    'that is not valid yet': { notBefore: DAY_MS / 2 },
    'without the extension': { extension: 'missing' },
    'with garbage in the extension': { extension: 'garbage' },
    'whose extension signs another certificate’s key': { extension: 'other-key' },
    'whose extension is signed by another node': { signWith: newIdentity() },
    'that another key issued': { issuer: true },
  };
  for (const [name, forgery] of Object.entries(forgeries)) {
    it(`refuses a certificate ${name}`, async () => {
      const error = await failureOf(peerIdOfCertificate(await forged(newIdentity(), forgery)));
      expect(error).to.include({ code: 'transfer-identity-invalid', exitCode: 7 });
    });
  }

  it('refuses a changed certificate and bytes that are none', async () => {
    const certificate = Uint8Array.from(der((await createTlsIdentity(newIdentity().privateKey)).cert));
    for (let at = 10; at < certificate.byteLength; at += 37) {
      const changed = Uint8Array.from(certificate);
      changed[at]! ^= 0x01;
      const peer = await peerIdOfCertificate(changed).then(String, () => 'refused');
      expect(peer, `byte ${at}`).to.equal('refused');
    }
    expect((await failureOf(peerIdOfCertificate(new Uint8Array(100)))).code).to.equal('transfer-identity-invalid');
  });

  it('refuses a peer that presents no certificate', async () => {
    const identity = await createTlsIdentity(newIdentity().privateKey);
    const server = createServer({ ...TLS_OPTIONS, ...identity, requestCert: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>;
    const client = connect({ ...TLS_OPTIONS, host: '127.0.0.1', port });
    const [socket] = await accepted;
    const error = await failureOf(remotePeerId(socket));
    expect(error.message).to.include('no certificate');
    client.destroy();
    socket.destroy();
    server.close();
  });
});
