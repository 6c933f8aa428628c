import { ExitCode } from '../../core/errors.ts';
import type { catalogAbi } from '../abi/catalog.ts';
import type { SentenceTable } from './sentence.ts';

export const catalogSentences: SentenceTable<typeof catalogAbi> = {
  Catalog_InvalidKey: () => ({
    message: 'a public key of zeros cannot be published',
    hint: 'publish the key that derives from the wallet',
    exitCode: ExitCode.usage,
  }),
  Catalog_InvalidShare: ([field]) => ({
    message: `the share's ${field} is not acceptable`,
    hint: 'share an object of yours with another wallet, until a time that lies ahead',
    exitCode: ExitCode.usage,
  }),
  Catalog_EnvelopeTooLong: ([length, most]) => ({
    message: `the object's description has ${length} bytes, and at most ${most} can be shared`,
    hint: 'store the object under a shorter name and share that',
    exitCode: ExitCode.usage,
  }),
  Catalog_NotShared: ([owner, objectKey, reader]) => ({
    message: `object ${objectKey} of ${owner} is not shared with ${reader}`,
    hint: 'check the object and the reader: only what was shared, and not taken back yet, can be taken back',
    exitCode: ExitCode.notFound,
  }),
};
