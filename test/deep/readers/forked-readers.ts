import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { Order, ReaderOutcome } from './messages.ts';

/** A process of readers. */
export class ReaderProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  constructor(order: Order) {
    this.#child = fork(fileURLToPath(new URL('reader-process.ts', import.meta.url)), { stdio: 'inherit' });
    this.#ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`a process of readers ended with ${String(code)} before it was done`);
    });
    this.#ended.catch(() => undefined);
    this.#child.send(order);
  }

  /** Resolves once all its readers are connected. */
  async ready(): Promise<void> {
    await this.#message();
  }

  /** Has them read until their time is over. */
  async run(): Promise<ReaderOutcome[]> {
    this.#child.send('go');
    return (await this.#message()) as ReaderOutcome[];
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }

  async #message(): Promise<unknown> {
    const [message] = (await Promise.race([once(this.#child, 'message'), this.#ended])) as [unknown];
    return message;
  }
}
