/** Bounds on what strangers can make a provider keep. All times are seconds of the chain's clock. */

/** Longest validity of a client's signed request, and of a deadline: what both sides promise to remember stays small. */
export const MAX_AHEAD_S = 15 * 60;
/** After its last progress a reservation is kept this long: enough to collect the other providers' shards and sign. */
export const RESERVATION_IDLE_S = 15 * 60;
/** Reservations of one client at one provider: one per shard, so this is how many objects it may put here at once. */
export const MAX_RESERVATIONS_PER_CLIENT = 64;
/** All reservations: each is a row of below 2 KiB and a check of every reserve, and 4,096 uploads at once fill any line. */
export const MAX_RESERVATIONS = 4_096;
/** A promise whose deadline passed is kept for so many more periods: an unsettled chain may still bring its agreement. */
export const PROMISE_GRACE_PERIODS = 2;
/** How old the chain's latest block may be, by our own monotonic clock, before nothing new is promised. */
export const MAX_CHAIN_SILENCE_MS = 2 * 60 * 1000;
/** Longest validity of a read ticket: a download of many hours on one ticket, and a leaked one is worthless the next day. */
export const MAX_TICKET_AHEAD_S = 24 * 60 * 60;
/** What the catalogue said about so many readers and objects is remembered, as much of what is shared as of what is not: a row is below 300 bytes, and more readers only cost a question each. */
export const MAX_KNOWN_SHARES = 4_096;
/** Questions to the catalogue at once: whoever makes up readers cannot fill the line to the chain, over which proofs are sent. */
export const MAX_SHARE_LOOKUPS = 16;
/** Questions that wait for their turn, so many about readers that were let in before and so many about others: a chain that answers in 60 ms has put all behind it in two seconds. */
export const MAX_WAITING_LOOKUPS = 256;
/** So long a question waits for its turn: a client takes a provider for stalled much later, and asks another holder besides after half of it. */
export const SHARE_LOOKUP_WAIT_MS = 3_000;
/** Whoever might read up to now may go on for so long while the question whether it still may waits for its turn: strangers' questions do not break downloads off. */
export const SHARED_WHILE_WAITING_MS = 5_000;
/** That something is not shared is believed so long: who tries again and again costs one question a second, and who has just been let in waits no longer. */
export const UNSHARED_FOR_MS = 1_000;
/** Wishes to read that need no second look in the same block: below 1 KiB each, one for each shard and reader that is being served. */
export const MAX_ADMITTED = 4_096;
/** Whoever rebuilds a lost shard may read the others until its first period is over and so many more: the end of a slow rebuild. */
export const REPAIR_GRACE_PERIODS = 1;
/** Repairs, and peers that ask, that are remembered for a block each: a row is below 500 bytes, and more only cost a question each. */
export const MAX_KNOWN_REPAIRS = 1_024;
/** Questions to the chain about repairs at once, as about shares. */
export const MAX_REPAIR_LOOKUPS = 16;
/** Of these, for one peer: one that makes claims up leaves room to others, and one that rebuilds a few shards at once is answered. */
export const MAX_REPAIR_LOOKUPS_PER_PEER = 4;
