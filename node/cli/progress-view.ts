import { Presets, SingleBar } from 'cli-progress';

import type { Phase, ProgressEvent } from '../client/progress.ts';
import { formatBytes, formatCount, formatSeconds } from './format.ts';
import type { TerminalOutput } from './io.ts';
import type { JsonRecord } from './output.ts';
import { RateMeter } from './rate-meter.ts';

/** Logs stay readable with a line now and then. */
const LINE_GAP_MS = 5_000;
const RECORD_GAP_MS = 1_000;

const VERBS: Record<Phase, string> = {
  connect: 'connecting',
  plan: 'planning',
  prepare: 'preparing',
  bid: 'bidding',
  reserve: 'reserving',
  upload: 'uploading',
  sign: 'signing',
  bring: 'bringing signed asks to the book',
  form: 'forming',
  locate: 'locating',
  verify: 'verifying',
  download: 'downloading',
  settle: 'settling',
  audit: 'auditing',
  replay: 'replaying',
  compare: 'comparing',
};

export interface ProgressViewInit {
  stream: TerminalOutput;
  /** A bar on a terminal, lines in a log, objects for programs, or nothing. */
  mode: 'bar' | 'lines' | 'json' | 'none';
  record: (record: JsonRecord) => void;
  nowMs?: () => number;
}

/** Shows how far a long job is: bytes, rate and time left. */
export class ProgressView {
  readonly #init: ProgressViewInit;
  readonly #nowMs: () => number;
  #phase: Phase | undefined;
  #unit: string | undefined;
  #meter = new RateMeter();
  #lastShownMs = -Infinity;
  #bar: SingleBar | undefined;

  constructor(init: ProgressViewInit) {
    this.#init = init;
    this.#nowMs = init.nowMs ?? (() => performance.now());
  }

  /** Give this to a job as its listener. */
  readonly listener = (event: ProgressEvent): void => {
    if (this.#init.mode === 'none') return;
    if (event.phase !== this.#phase) this.#enter(event.phase);
    this.#unit = event.unit;
    if (event.note !== undefined) this.#note(event.note);
    if (event.doneBytes !== undefined) this.#show(event.doneBytes, event.totalBytes);
  };

  /** Takes the bar off the screen, before other text and at the end. */
  clear(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #enter(phase: Phase): void {
    this.clear();
    this.#phase = phase;
    this.#meter = new RateMeter();
    this.#lastShownMs = -Infinity;
    if (this.#init.mode === 'json') this.#init.record({ type: 'phase', phase });
  }

  #note(note: string): void {
    this.clear();
    if (this.#init.mode === 'json') this.#init.record({ type: 'note', phase: this.#phase, message: note });
    else this.#init.stream.write(`${note}\n`);
  }

  #show(doneBytes: number, totalBytes: number | undefined): void {
    const nowMs = this.#nowMs();
    this.#meter.add(doneBytes, nowMs);
    if (this.#init.mode === 'bar') return this.#draw(doneBytes, totalBytes);
    const gapMs = this.#init.mode === 'json' ? RECORD_GAP_MS : LINE_GAP_MS;
    const isEnd = doneBytes === totalBytes;
    if (!isEnd && nowMs - this.#lastShownMs < gapMs) return;
    this.#lastShownMs = nowMs;
    if (this.#init.mode === 'json') {
      this.#init.record({
        type: 'progress',
        phase: this.#phase,
        doneBytes,
        totalBytes,
        bytesPerSecond: this.#meter.bytesPerSecond(),
      });
    } else {
      this.#init.stream.write(`${this.#verb()} ${this.#describe(doneBytes, totalBytes)}\n`);
    }
  }

  #draw(doneBytes: number, totalBytes: number | undefined): void {
    const text = this.#describe(doneBytes, totalBytes);
    if (this.#bar === undefined) {
      // No bar for an unknown total: a bar that means nothing is worse than a number.
      const format = totalBytes === undefined ? '{verb} {text}' : '{verb} {bar} {text}';
      const options = {
        stream: this.#init.stream,
        format,
        hideCursor: true,
        clearOnComplete: true,
        linewrap: false,
        fps: 5,
      };
      this.#bar = new SingleBar({ ...options, barsize: 24 }, Presets.shades_classic);
      this.#bar.start(totalBytes ?? 1, 0, { verb: this.#verb(), text });
    }
    this.#bar.update(totalBytes === undefined ? 0 : Math.min(doneBytes, totalBytes), { text });
  }

  #describe(doneBytes: number, totalBytes: number | undefined): string {
    const rate = this.#meter.bytesPerSecond();
    const left = totalBytes === undefined ? undefined : this.#meter.secondsLeft(totalBytes);
    return [
      totalBytes === undefined
        ? this.#amount(doneBytes)
        : `${percent(doneBytes, totalBytes)} of ${this.#amount(totalBytes)}`,
      ...(rate === undefined ? [] : [`${this.#amount(Math.round(rate))}/s`]),
      ...(left === undefined ? [] : [`${formatSeconds(left)} left`]),
    ].join(', ');
  }

  #amount(count: number): string {
    return this.#unit === undefined ? formatBytes(count) : `${formatCount(count)} ${this.#unit}`;
  }

  #verb(): string {
    return this.#phase === undefined ? '' : VERBS[this.#phase];
  }
}

function percent(doneBytes: number, totalBytes: number): string {
  return `${totalBytes === 0 ? 100 : Math.floor((100 * doneBytes) / totalBytes)}%`;
}
