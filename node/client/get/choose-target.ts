import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';

import { baseName } from '../object-name.ts';
import type { ObjectKind } from '../catalogue.ts';
import { fileTarget } from './file-target.ts';
import { folderTarget } from './folder-target.ts';
import { deviceTarget, streamTarget } from './stream-target.ts';
import { missing } from './missing.ts';
import type { GetTarget, ResumeInit } from './target.ts';
import { outputError } from './target-errors.ts';

export interface ChooseTargetInit extends ResumeInit {
  /** What the user gave with `-o`: a path, `-`, or nothing for the object's own name in the current folder. */
  output?: string | undefined;
  force: boolean;
  stdout: Writable;
}

/** The target for an object. An existing folder given for a file receives it under the object's own name, as `cp` does. */
export async function chooseTarget(
  object: { name: string; kind: ObjectKind },
  init: ChooseTargetInit,
): Promise<GetTarget> {
  if (init.output === '-') return streamTarget(init.stdout, 'standard output');
  const path = resolve(init.output ?? baseName(object.name));
  const existing = await stat(path)
    .catch(missing)
    .catch((error: unknown) => {
      throw outputError(path, 0, error);
    });
  const isFolder = existing?.isDirectory() === true;
  if (object.kind === 'tar') {
    const inside = isFolder && init.output?.endsWith('/') === true;
    return folderTarget({ ...init, path: inside ? join(path, baseName(object.name)) : path });
  }
  if (existing !== undefined && !isFolder && !existing.isFile()) return deviceTarget(path);
  return fileTarget({ ...init, path: isFolder ? join(path, baseName(object.name)) : path });
}
