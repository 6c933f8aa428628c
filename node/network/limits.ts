/** Limits and timings of the libp2p host and its DHT. Each says why it has its value. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The market's own DHT: records of other networks stay out, and ours stay out of theirs. */
export const KAD_PROTOCOL = '/stowmarket/kad/1.0.0';
export const KAD_LOG_PREFIX = 'stowmarket:kad-dht';

/** Kademlia's k: holders per record and peers per bucket. With 20, a fifth of them may vanish and records are still found. */
export const KAD_BUCKET_SIZE = 20;
/** Requests in flight per path. The library's default of 10 costs five times the messages for the same answers. */
export const KAD_ALPHA = 3;
/** Two disjoint paths: one lying peer cannot steer a whole lookup, and messages stay below a tenth of the default's. */
export const KAD_DISJOINT_PATHS = 2;
/**
 * Depth of the routing table's trie. At least log2(N / k) + 3; the library's 6 makes lookups stop converging from about
 * 10,000 nodes on. 12 serves 10,000,000 and costs memory only for peers that were really seen.
 */
export const KAD_PREFIX_LENGTH = 12;
/** The first self-query soon after start: until it ran, a node knows only its bootstrap peers. */
export const KAD_INITIAL_SELF_QUERY_MS = 100;
export const KAD_SELF_QUERY_MS = MINUTE_MS;
/** On a devnet all nodes start at once on one busy machine: a first self-query that fails must not leave a table nearly empty. */
export const DEVNET_SELF_QUERY_MS = 30 * SECOND_MS;
/** A silent peer holds up a lookup for this long. One second covers a far round trip with its handshake. */
export const KAD_MESSAGE_TIMEOUT_MS = { minTimeout: SECOND_MS, maxTimeout: 5 * SECOND_MS } as const;
/** Streams that one connection may have open on the DHT protocol. Honest lookups use alpha per path. */
export const KAD_MAX_INBOUND_STREAMS = 16;
/** What a peer may send on one DHT stream. A request is below 1 KiB, and so is an announcement with all addresses we keep. */
export const KAD_MAX_STREAM_BYTES = 65_536;
/**
 * Records are checked this often, dropped after VALIDITY, and our own are renewed by the library once less than THRESHOLD is
 * left: at 12 hours, a safety net below the reannouncer, which renews each after REANNOUNCE_SWEEP.
 */
export const RECORD_VALIDITY_MS = 48 * HOUR_MS;
export const RECORD_RENEW_THRESHOLD_MS = 36 * HOUR_MS;
export const RECORD_CHECK_INTERVAL_MS = 20 * MINUTE_MS;
/** Addresses must outlive the records that point to them, or a found provider has no address. */
export const PEER_ADDRESS_AGE_MS = 48 * HOUR_MS;
export const PEER_AGE_MS = 7 * 24 * HOUR_MS;

/** Every lookup dials unknown closer peers, so connections grow to the size of the table; beyond this they are pruned. */
export const MAX_CONNECTIONS = 300;
/** Connections per second from one address, and handshakes at once. */
export const INBOUND_PER_SECOND = 5;
export const INBOUND_PENDING = 10;
/** On a devnet all peers share 127.0.0.1, so the per-address limits would refuse an honest start-up. */
export const DEVNET_INBOUND_PER_SECOND = 1_000;
export const DEVNET_INBOUND_PENDING = 500;
/** Addresses tried per peer: a peer may claim many, and each costs a dial. */
export const MAX_ADDRESSES_TO_DIAL = 8;
export const DIAL_TIMEOUT_MS = 10 * SECOND_MS;
/** Streams that one connection may have open, all protocols together. */
export const MAX_INBOUND_STREAMS = 128;
/** Control messages are small; a smaller window bounds what a paused stream can make us buffer. Must stay below READ_BUFFER. */
export const STREAM_WINDOW_BYTES = 1_048_576;
export const STREAM_READ_BUFFER_BYTES = 2 * 1_048_576;
/** A stream without traffic for this long is aborted. Longer than any exchange's deadline. */
export const STREAM_IDLE_MS = 2 * MINUTE_MS;

/** One gossip RPC: a hundred signed asks. The library's default is without a bound. */
export const GOSSIP_MAX_INBOUND_BYTES = 131_072;
/** Messages of one peer that are looked at in a window: ten a second, several times what a market of 1,000 signing providers sends. */
export const GOSSIP_MESSAGES_PER_PEER = 600;
export const GOSSIP_RATE_WINDOW_MS = MINUTE_MS;

/** Bootstrap peers are dialled again while the node has fewer connections than this. */
export const BOOTSTRAP_MIN_CONNECTIONS = 3;
export const BOOTSTRAP_RETRY_MS = 2 * SECOND_MS;

/** Bound of one lookup. Measured: 5 s at p90 with a fifth of the peers silent. */
export const LOOKUP_TIMEOUT_MS = 10 * SECOND_MS;
/** Announcing is a lookup followed by up to k messages. */
export const PROVIDE_TIMEOUT_MS = 20 * SECOND_MS;
/**
 * Announcements that reached nobody are repeated, this often in all: on a network that is just starting, the few known peers
 * are busy and the first lookup finds only them.
 */
export const PROVIDE_ATTEMPTS = 3;
/** Requests in a row that a connected peer may leave unanswered before it is dropped from the table: it may only be busy. */
export const MAX_SILENCES = 2;
/** A node that has just started has an empty table; its first lookup waits this long for one peer. A busy machine took 5 s. */
export const FIRST_PEER_WAIT_MS = 10 * SECOND_MS;
/** Providers taken from one lookup: a shard has one honest holder, a cached one a few. More is spam. */
export const MAX_PROVIDERS_PER_LOOKUP = 20;
/** Addresses kept of one found peer, for the same reason. */
export const MAX_ADDRESSES_PER_PEER = 16;

/** The announcing sweep passes over all roots once in this time, evenly spread: within the 6 to 12 hours of renewal. */
export const REANNOUNCE_SWEEP_MS = 8 * HOUR_MS;
/** Between two announcements of a short list: a new provider is findable within seconds, without a burst. */
export const REANNOUNCE_MAX_GAP_MS = 10 * MINUTE_MS;
/** Between two announcements of a long list, and of roots not announced yet. Each costs up to 40 messages. */
export const REANNOUNCE_MIN_GAP_MS = 50;
/** After a failed announcement, before it is tried again. */
export const REANNOUNCE_RETRY_MS = 30 * SECOND_MS;
