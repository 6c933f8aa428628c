import type { Socket } from 'node:net';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import { generateCertificate, verifyPeerCertificate } from '@libp2p/tls/utils';
import type { PeerId, PrivateKey } from '@libp2p/interface';

import { ExitCode, messageOf, StowError } from '../core/errors.ts';

/** A certificate and its key, both PEM. The key is an ephemeral P-256 key; the node key only signs for it. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/**
 * TLS settings that both sides share. libp2p's TLS specification asks for 1.3. The certificate authority check is off because
 * certificates are self-signed: the peer id in their extension is checked after the handshake, before any request.
 */
export const TLS_OPTIONS = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ALPNProtocols: ['h2'],
  // 128-bit first: OpenSSL would choose 256, which costs a third more time for bytes that are enciphered already.
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
  rejectUnauthorized: false,
} as const;

/**
 * Self-signed X.509 certificate with the libp2p public key extension (OID 1.3.6.1.4.1.53594.1.1): the node's public key, and
 * its signature over the certificate's key. Valid for 100 years; made anew at each start.
 */
export async function createTlsIdentity(privateKey: PrivateKey): Promise<TlsIdentity> {
  return generateCertificate(privateKey);
}

/**
 * The peer id that a certificate proves, checked as libp2p's TLS specification says: validity in time, self-signature, the
 * extension, and the node key's signature in it.
 * @param certificate DER
 * @throws StowError `transfer-identity-invalid`
 */
export async function peerIdOfCertificate(certificate: Uint8Array): Promise<PeerId> {
  try {
    return await verifyPeerCertificate(certificate);
  } catch (error) {
    throw invalid(messageOf(error), error);
  }
}

/**
 * The peer at the other end of a TLS connection whose handshake is complete.
 * @throws StowError `transfer-identity-invalid`, also when it sent no certificate or a chain of several
 */
export async function remotePeerId(socket: Socket): Promise<PeerId> {
  if (!isTls(socket)) throw invalid('the connection is not encrypted');
  // Node gives an empty object for a peer without a certificate.
  const certificate: Partial<DetailedPeerCertificate> = socket.getPeerCertificate(true);
  if (certificate.raw === undefined) throw invalid('the peer sent no certificate');
  const issuer = certificate.issuerCertificate;
  if (issuer !== undefined && issuer.fingerprint256 !== certificate.fingerprint256) {
    throw invalid('the peer sent a chain of certificates; it must be exactly one');
  }
  return peerIdOfCertificate(certificate.raw);
}

/** Reads the property because HTTP/2 hides its socket behind a proxy, which `in` and `instanceof` do not see through. */
function isTls(socket: Socket): socket is TLSSocket {
  return typeof Reflect.get(socket, 'getPeerCertificate') === 'function';
}

function invalid(reason: string, cause?: unknown): StowError {
  return new StowError({
    code: 'transfer-identity-invalid',
    message: `the peer did not prove who it is: ${reason}`,
    hint: 'check the address: something else than a Stowmarket node may listen there',
    exitCode: ExitCode.integrity,
    cause,
  });
}
