import type { ReadGate } from '../agreements/read-gate.ts';
import type { Payments } from '../transfer/payments.ts';
import type { Authorize } from '../transfer/read-handler.ts';

interface Opened {
  readonly gate: ReadGate;
  readonly reads: Payments;
}

/** Stands at the sockets, which open before registering, as that costs money: who may read, and for how much, is known after it. Whoever comes earlier waits. */
export class ReadDoor {
  readonly #opened = Promise.withResolvers<Opened>();

  open(opened: Opened): void {
    this.#opened.resolve(opened);
  }

  /** For the server of shard bytes. */
  get at(): { authorize: Authorize; payments: Payments } {
    return { authorize: this.#authorize, payments: this.#payments };
  }

  readonly #authorize: Authorize = async (request) => (await this.#opened.promise).gate.authorize(request);

  readonly #payments: Payments = {
    open: async (read, signal) => (await this.#opened.promise).reads.open(read, signal),
    offer: async (root, reader) => (await this.#opened.promise).reads.offer(root, reader),
    agree: async (body) => (await this.#opened.promise).reads.agree(body),
    pay: async (body) => (await this.#opened.promise).reads.pay(body),
  };
}
