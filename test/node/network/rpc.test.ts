import { lpStream } from '@libp2p/utils';
import { multiaddr } from '@multiformats/multiaddr';
import { expect } from 'chai';
import { z } from 'zod';

import { isStowError, StowError } from '../../../node/core/errors.ts';
import { silentLogger } from '../../../node/core/logger.ts';
import { encodeCbor } from '../../../node/core/cbor.ts';
import type { Host } from '../../../node/network/host.ts';
import { Rpc, type RpcTarget } from '../../../node/network/rpc.ts';
import { HostPool } from './hosts.ts';

const ECHO = '/stowmarket/test-echo/1.0.0';
const SLOW = '/stowmarket/test-slow/1.0.0';
const FAIL = '/stowmarket/test-fail/1.0.0';
const LIE = '/stowmarket/test-lie/1.0.0';
const MAX_BYTES = 4_096;

const echo = z.strictObject({ text: z.string(), data: z.instanceof(Uint8Array).optional() });
const options = { maxResponseBytes: MAX_BYTES, schema: echo };

async function failureOf(promise: Promise<unknown>): Promise<StowError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isStowError(error)) throw new Error(`expected a StowError, got ${String(error)}`);
  return error;
}

describe('Rpc', function () {
  this.timeout(30_000);
  const pool = new HostPool();
  let server: Host;
  let target: RpcTarget;
  let client: Rpc;
  let slowSignal: AbortSignal | undefined;

  before(async () => {
    server = await pool.start();
    const rpc = new Rpc({ host: server, logger: silentLogger });
    await rpc.handle(ECHO, {
      maxRequestBytes: MAX_BYTES,
      schema: echo,
      handler: (request) => Promise.resolve(request),
    });
    await rpc.handle(SLOW, {
      maxRequestBytes: MAX_BYTES,
      schema: echo,
      handler: (_request, { signal }) => {
        slowSignal = signal;
        return new Promise(() => undefined);
      },
    });
    await rpc.handle(FAIL, {
      maxRequestBytes: MAX_BYTES,
      schema: echo,
      handler: ({ text }) => {
        if (text === 'bug') throw new TypeError('secret detail');
        throw new StowError({
          code: 'store-full',
          message: 'no space\u001b[2J left',
          hint: 'choose another',
          retryable: true,
        });
      },
    });
    await server.handle(LIE, async (stream) => {
      const frames = lpStream(stream);
      const request = (await frames.read()).subarray();
      if (request.includes('huge'.charCodeAt(0))) await frames.write(new Uint8Array(MAX_BYTES + 1));
      else await frames.write(encodeCbor({ ok: true, value: { text: 1 } }));
    });
    target = { peerId: server.peerId, addrs: server.getMultiaddrs() };
    client = new Rpc({ host: await pool.start({ mode: 'client' }), logger: silentLogger });
  });
  after(() => pool.stopAll());

  it('carries a request and its answer, bytes included', async () => {
    const request = { text: 'grüezi', data: Uint8Array.of(0, 1, 255) };
    expect(await client.call(target, ECHO, request, options)).to.deep.equal(request);
  });

  it('carries the largest request allowed, and refuses one byte more', async () => {
    const largest = { text: 'x'.repeat(MAX_BYTES - encodeCbor({ text: 'x'.repeat(4000) }).byteLength + 4000) };
    expect(encodeCbor(largest).byteLength).to.equal(MAX_BYTES);
    const wide = { ...options, maxResponseBytes: 2 * MAX_BYTES };
    expect(await client.call(target, ECHO, largest, wide)).to.deep.equal(largest);
    const error = await failureOf(client.call(target, ECHO, { text: `${largest.text}x` }, wide));
    expect(error.code).to.equal('rpc-hangup');
  });

  it('gives the handler’s StowError to the caller, without control characters', async () => {
    const error = await failureOf(client.call(target, FAIL, { text: 'full' }, options));
    expect(error).to.include({ code: 'store-full', retryable: true, hint: 'choose another' });
    expect(error.message).to.include('no space').and.to.include(server.peerId.toString()).and.not.include('\u001b');
  });

  it('keeps the details of a bug to itself', async () => {
    const error = await failureOf(client.call(target, FAIL, { text: 'bug' }, options));
    expect(error.code).to.equal('rpc-internal');
    expect(error.message).to.not.include('secret');
  });

  it('refuses a request of the wrong shape, naming the field', async () => {
    const error = await failureOf(client.call(target, ECHO, { text: 7 }, options));
    expect(error.code).to.equal('rpc-bad-request');
    expect(error.message).to.include('text');
  });

  it('refuses an answer of the wrong shape or size', async () => {
    const shape = await failureOf(client.call(target, LIE, { text: 'b' }, options));
    expect(shape.code).to.equal('rpc-bad-response');
    const size = await failureOf(client.call(target, LIE, { text: 'huge' }, options));
    expect(size.code).to.equal('rpc-bad-response');
  });

  it('gives up after its deadline and tells the handler', async () => {
    const error = await failureOf(client.call(target, SLOW, { text: '' }, { ...options, deadlineMs: 200 }));
    expect(error).to.include({ code: 'rpc-timeout', retryable: true });
    if (slowSignal?.aborted === false) await new Promise((resolve) => slowSignal?.addEventListener('abort', resolve));
    expect(slowSignal?.aborted).to.equal(true);
  });

  it('ends with the reason of the caller’s signal', async () => {
    const controller = new AbortController();
    const call = client.call(target, SLOW, { text: '' }, { ...options, signal: controller.signal });
    const reason = new Error('ctrl-C');
    setTimeout(() => controller.abort(reason), 100);
    expect(await call.catch((error: unknown) => error)).to.equal(reason);
  });

  it('names the peer when it is not there, and when it does not speak the protocol', async () => {
    const unsupported = await failureOf(client.call(target, '/stowmarket/none/1.0.0', {}, options));
    expect(unsupported).to.include({ code: 'rpc-unsupported', retryable: false });
    const gone = await pool.start();
    const away: RpcTarget = { peerId: gone.peerId, addrs: [multiaddr('/ip4/127.0.0.1/tcp/1')] };
    const unreachable = await failureOf(client.call(away, ECHO, { text: '' }, options));
    expect(unreachable).to.include({ code: 'rpc-unreachable', retryable: true });
    expect(unreachable.message).to.include(gone.peerId.toString());
  });
});
