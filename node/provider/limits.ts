/** Limits and timings of the provider's services. Each says why it has its value. */

const SECOND_MS = 1_000;

/** After a failed look: doubled each time from the first to the last, so that a dead endpoint costs four looks a minute. */
export const HEAD_RETRY_MIN_MS = SECOND_MS;
export const HEAD_RETRY_MAX_MS = 15 * SECOND_MS;
/** Blocks whose events are asked for at once; hosted endpoints refuse ranges above 1,000 to 10,000. */
export const EVENT_RANGE_BLOCKS = 1_000n;
/** Blocks read again on every start and every follow-up: a short reorganisation is healed by reading its blocks once more. */
export const EVENT_REREAD_BLOCKS = 16n;
/** Between two looks at the log for no other reason than new blocks: a chain may have four a second, and each look is seven requests. */
export const EVENT_READ_EVERY_MS = 2 * SECOND_MS;
/** Blocks after which the place in the log is saved: what a restart reads again. */
export const SAVE_PLACE_EVERY_BLOCKS = 64n;

/** A placement id waits for one more block: looked at every second, for two minutes, which is ten blocks of the slowest chain meant. */
export const PLACEMENT_RETRY_MS = SECOND_MS;
export const PLACEMENT_ATTEMPTS = 120;

/**
 * The proof is sent within the first third of a period, at a place in it that differs by provider and period: providers do
 * not crowd one block, and two thirds are left for retries.
 */
export const PROVE_WINDOW_DIVISOR = 3;
/** After a failed attempt to prove: doubled from one block to this, and never past the period's end. */
export const PROVE_RETRY_MAX_BLOCKS = 32;
/** A shard that cannot be read is read again after this, before its loss is admitted: a disk may have hiccuped. */
export const LOSS_RECHECK_MS = 2 * SECOND_MS;

/** Agreements settled in one transaction: about 40k gas each, so a batch stays below a tenth of a 30M block. */
export const SETTLE_BATCH = 50;
/** Agreements closed per period, one transaction each: a wave of ends is spread over periods, and proofs never queue behind it. */
export const END_PER_PERIOD = 20;

/** Providers looked at per period for misses that nobody reported. A larger market is gone through over several periods. */
export const MISS_SCAN_PER_PERIOD = 200;
/** Reports sent per period: each pays its reporter, and none may delay the own proof. */
export const MISS_REPORTS_PER_PERIOD = 5;

/** After a failed answer to an audit or a demand: doubled from one block to this, so that a window of a few dozen blocks sees several attempts. */
export const AUDIT_RETRY_MAX_BLOCKS = 8;
/** Report fees claimed per period, one transaction each: as many as are reported in one, and some that waited. */
export const FEE_CLAIMS_PER_PERIOD = 10;

/** Clients counted in one transaction, about 60k gas each: a batch stays well below what one transaction may use (EIP-7825: 16.8M). */
export const COUNT_CLIENTS_BATCH = 50;
/** Of a provider's clients, those of late that are looked at: the contract tells 112 apart, and of four times as many hardly one is missing. */
export const CLIENTS_LOOKED_AT = 448;

/** How far ahead of the chain's clock an answer to a bid can be formed: within what agreements allow, and long enough for a slow chain. */
export const ANSWER_DEADLINE_S = 10 * 60;
/** After a failed answer to a bid: doubled from one block to this. The bid is a chance and not a duty. */
export const ANSWER_RETRY_MAX_BLOCKS = 16;
/** How often a bid whose shard is held is looked up: one that was cancelled frees its room so soon, at one read for so many blocks. */
export const BID_RECHECK_BLOCKS = 8n;

/** How often the book is looked through for bids that this provider could answer: they stand for minutes to days, and are only shown. */
export const BIDS_LOOK_BLOCKS = 32n;
/** Of all bids, the newest so many are looked at: one page of the contract's, some 200 kB. */
export const BIDS_LOOKED_AT = 500;

/** Sweeps of the collector: reservations lapse by the minute, so a sweep every so often frees room soon enough. */
export const COLLECT_EVERY_MS = 10 * SECOND_MS;

/** The ask's room on chain is amended when it is off by this share of the capacity (1/n), or would promise what is not there. */
export const ASK_DRIFT_DIVISOR = 10;
/** An ask is renewed when less than this share (1/n) of its lifetime is left. */
export const ASK_RENEW_DIVISOR = 4;

/** A signed ask is spread again so soon after it was signed, while a new mesh forms, and then this often, for peers that came later. */
export const SPREAD_SOON_MS = [5 * SECOND_MS, 30 * SECOND_MS, 120 * SECOND_MS] as const;
export const SPREAD_EVERY_MS = 5 * 60 * SECOND_MS;
/** The record under which clients find who signs asks lives 48 hours in the DHT; it is renewed well before. */
export const ASKS_RECORD_EVERY_MS = 8 * 60 * 60 * SECOND_MS;
/** After a record that nobody took: a network that is just starting has few peers. */
export const ASKS_RECORD_RETRY_MS = 30 * SECOND_MS;

/** Free disk space that is never sold: the ledger, the operating system and a shard's tree need some. */
export const DISK_RESERVE_BYTES = 256 * 1024 * 1024;
/** Age of the last look at the disk's free space. */
export const DISK_CHECK_MS = 5 * SECOND_MS;

/** A service that has not stopped by then is left behind. Longer than the 10 s in which transfers may finish. */
export const STOP_SERVICE_MS = 12 * SECOND_MS;
/** `provider stop` waits for the process that long: all services, one after the other, and some air. */
export const STOP_WAIT_MS = 60 * SECOND_MS;
/** Longest answer of the admin endpoint. */
export const ADMIN_TIMEOUT_MS = 10 * SECOND_MS;
/** A shard on its way into the cache may stand still for so long: it is read from another provider meanwhile, which may have to be replaced. */
export const CACHE_IDLE_MS = 120 * SECOND_MS;
/** The node key should pay for this many more transactions; below, the node warns and is not ready. */
export const GAS_RUNWAY_TRANSACTIONS = 20n;
/** Gas of a proof transaction with margin: calldata of a large provider's draws at the floor price of EIP-7623. */
export const GAS_PER_TRANSACTION = 1_000_000n;

/** How often the log is looked through for lost shards, anybody's: a repair waits for minutes to days, and a look is one question. */
export const REPAIRS_LOOK_BLOCKS = 4n;
/** At its start a node looks back so many periods: what failed earlier has been posted or taken by those that were there, or nobody wants it. */
export const REPAIRS_LOOK_BACK_PERIODS = 7;
/** Lost shards that are kept in mind, a few hundred bytes each; the newest. A wave of failures larger than this is more than one provider rebuilds. */
export const MAX_LOST_SHARDS = 2_000;
/** Lost shards that are considered with one block, up to a few dozen questions to the chain each: proofs are not to queue behind them. */
export const REPAIRS_PER_TURN = 4;
/** A lost shard that does not suit now is looked at again so many blocks later: room, stake and prices change slowly. */
export const REPAIR_RECHECK_BLOCKS = 32n;
/** After a failure to post, answer or rebuild: doubled from one block to this. */
export const REPAIR_RETRY_MAX_BLOCKS = 64;
/** Shards rebuilt at once: each takes a few windows of memory and a share of the line, and one that hangs leaves two places. */
export const REBUILDS_AT_ONCE = 3;
/**
 * The answered price, at most so many times what this provider's own terms ask: collateral grows with the price, and a bid's ceiling is its client's
 * word. Twice pays for the reading of k shards.
 */
export const REPAIR_PRICE_FACTOR = 2n;
/**
 * Share of the stake, 1/10,000, that may stand behind answers whose shards are not rebuilt yet: whether others let a shard be read shows only after
 * the promise, and what stands behind it is burned when they do not. So one round of bad faith costs 1% at most.
 */
export const REPAIR_RISK_BPS = 100n;
/** Providers that all saw the same failure post its bid at different blocks within so many, as only the first is not in vain. */
export const REPAIR_SPREAD_BLOCKS = 8n;

/** Vouchers are redeemed once they are worth so many times their gas: it takes at most a twentieth of what is earned. */
export const REDEEM_GAS_FACTOR = 20n;
/** Gas of a redemption by itself, and of each in a batch (`snapshots/gas.json`), rounded up. */
export const REDEEM_GAS = 56_000n;
export const REDEEM_GAS_EACH = 24_000n;
/** Of a batch of 100: within what one transaction may use (EIP-7825: 16.8M) many times over. */
export const REDEEM_BATCH = 100;
