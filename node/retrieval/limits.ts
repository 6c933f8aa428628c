/** Bounds of paid reads. Each says why it has its value. */

const SECOND_MS = 1_000;
const MEBIBYTE = 1_048_576;

/** What whoever never paid may owe: a few blocks in flight, and no more than a stranger may walk off with. */
export const MIN_CREDIT_BYTES = MEBIBYTE;
/** What anybody may owe: four windows of the transport, so that a payment on its way holds up no line. */
export const MAX_CREDIT_BYTES = 64 * MEBIBYTE;
/** A voucher is due for each half of the credit: it has the other half to arrive in, and each costs both sides a flush to disk. */
export const VOUCHERS_PER_CREDIT = 2n;
/** A provider holds a read up for so long until its client pays: longer than a round trip and a write to disk, and below what the client waits for an answer. */
export const PAY_TIMEOUT_MS = 10 * SECOND_MS;
/** A client pays for what it checked after so long without anything new, however little it is: nothing is left owing at an end, and sides that disagree about credit do not wait for each other. */
export const PAY_PAUSE_MS = 100;

/** Longest validity of a contract: that of a read ticket. */
export const MAX_CONTRACT_AHEAD_S = 24 * 60 * 60;
/** Contracts that are remembered: below 500 bytes each; one that was forgotten is agreed on again. */
export const MAX_CONTRACTS = 4_096;
/** Channels whose accounts are remembered: below 500 bytes each. */
export const MAX_ACCOUNTS = 4_096;
/** What was read for nothing, and what is owed, is on the disk after so long: one flush for all of it, and none for each read. */
export const KEEP_BOOK_MS = SECOND_MS;
/** Clients whose allowance is in memory: that of others is looked up. */
export const MAX_ALLOWANCES = 16_384;
/** Of reads, how many tell how fast a provider is: the median of the last ones. */
export const MAX_SAMPLES = 64;
