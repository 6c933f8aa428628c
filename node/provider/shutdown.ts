import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { STOP_SERVICE_MS } from './limits.ts';

interface Started {
  name: string;
  stop: () => Promise<void> | void;
}

/** What was started, to be stopped in reverse. One part that hangs or fails does not keep the others from stopping. */
export class Shutdown {
  readonly #logger: Logger;
  readonly #started: Started[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  add(name: string, stop: () => Promise<void> | void): void {
    this.#started.push({ name, stop });
  }

  async run(): Promise<void> {
    for (let part = this.#started.pop(); part !== undefined; part = this.#started.pop()) await this.#stop(part);
  }

  async #stop({ name, stop }: Started): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), STOP_SERVICE_MS);
    });
    try {
      const outcome = await Promise.race([stop(), late]);
      if (outcome === 'late') this.#logger.warn({ service: name }, 'did not stop in time; left behind');
    } catch (error) {
      this.#logger.warn({ service: name, reason: messageOf(error) }, 'failed to stop');
    } finally {
      clearTimeout(timer);
    }
  }
}
