import { isStowError, messageOf } from '../../core/errors.ts';
import type { MarkHeader } from './partial-marks.ts';
import {
  isInPlace,
  partialContentOf,
  PartialDownload,
  partialFolderOf,
  removePartial,
  wasPlaced,
} from './partial-download.ts';
import type { ObjectFacts, ResumeInit } from './target.ts';
import { outputError } from './target-errors.ts';

/** Less than this is fetched again sooner than somebody tidies it up. */
const MIN_KEPT_BYTES = 4 * 1_048_576;

/** Failures after which the same bytes would fail again: nothing is kept. */
const HOPELESS = ['output-exists', 'folder-malformed'];

/** How one kind of target takes its bytes, and takes its place. */
export interface ReceiveSteps {
  /** Brings what is missing; what it marked stays when it throws. */
  fill: (partial: PartialDownload) => Promise<void>;
  /** Moves the finished content to the target. */
  place: (partial: PartialDownload) => Promise<void>;
  /** Told after a failure what a later run need not fetch again; 0 when nothing was worth keeping. */
  onKept: (bytes: number) => void;
}

/** True when there is nothing left to do but to clean up after an earlier run. */
export async function isFinished(init: ResumeInit & { path: string }, facts: ObjectFacts): Promise<boolean> {
  if (!init.resume) return false;
  return (await wasPlaced(init.path, headerOf(init, facts))) || isInPlace(init.path, partialContentOf(init.path));
}

function headerOf({ object }: ResumeInit, { kind, plainBytes }: ObjectFacts): MarkHeader {
  return { version: 1, object, kind, plainBytes };
}

/**
 * Runs a download within its partial one.
 * @throws what the steps throw, as a sentence about the output where it was a system call on it
 */
export async function receivePartly(
  init: ResumeInit & { path: string },
  facts: ObjectFacts,
  steps: ReceiveSteps,
): Promise<void> {
  const { path, resume, onNote } = init;
  let partial: PartialDownload | undefined;
  const header = headerOf(init, facts);
  try {
    if (resume && (await wasPlaced(path, header))) return await removePartial(path);
    partial = await PartialDownload.open({ path, header, resume, onNote });
    await steps.fill(partial);
    await steps.place(partial);
    await partial.discard();
  } catch (error) {
    const worthKeeping =
      (partial?.doneBytes ?? 0) >= MIN_KEPT_BYTES && !HOPELESS.some((code) => isStowError(error, code));
    if (worthKeeping) await partial?.keep();
    else
      await partial?.discard().catch((left: unknown) => onNote(`${partialFolderOf(path)} stays: ${messageOf(left)}`));
    steps.onKept(worthKeeping ? (partial?.doneBytes ?? 0) : 0);
    throw outputError(path, facts.plainBytes, error);
  }
}
