// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Voucher} from "../types/Voucher.sol";

/// @title Deposits behind vouchers for paid reads
/// @notice A client puts tokens behind a channel to one provider and signs cumulative vouchers as verified bytes arrive; the provider redeems the highest
/// whenever it likes, one transaction for thousands of reads. The client gets the rest back: at once when the provider agrees, else after a window in which the
/// provider can show a later voucher. A part of what is redeemed is burned when the channel ends, so that paying oneself for reads, to look fast, costs something.
/// With r redeemed, ceil(r * burnBps / 10,000) are for the burn and the rest is the provider's, in however many steps it was redeemed.
/// Invariants: redeemed <= deposit; what was redeemed never shrinks; until a channel ends, its deposit less what its provider was paid is
/// locked for it, and what it burned then until somebody calls the Escrow's `collectBurned`.
interface IRetrievalChannels {
    /// @param client who opened it, and whose vouchers count
    /// @param provider who is paid
    /// @param clientAccount escrow account that the rest goes back to
    /// @param operatorAccount escrow account that the provider is paid into: its operator's, which the registry never changes
    /// @param deposit token wei put in so far
    /// @param redeemed token wei promised by the highest voucher that was shown, what is to be burned included
    /// @param expiry unix seconds from which the channel closes by itself
    /// @param closesAt unix seconds from which vouchers no longer count; 0 while nobody closes and it has not expired
    struct Channel {
        // slot 0
        address client;
        uint32 provider;
        uint32 clientAccount;
        uint32 operatorAccount;
        // slot 1
        uint96 deposit;
        uint96 redeemed;
        uint32 expiry;
        uint32 closesAt;
    }

    /// @notice A voucher with its client's signature.
    struct Redemption {
        Voucher voucher;
        bytes signature;
    }

    /// @notice Tokens that leave the caller's wallet for its escrow account first, on an ERC-2612 permit for the Escrow.
    /// @param amount token wei
    /// @param deadline unix seconds
    struct WalletPermit {
        uint256 amount;
        uint256 deadline;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice As `WalletPermit`, on a signature for Permit2 with the Escrow as the spender.
    /// @param amount token wei
    /// @param nonce Permit2's unordered nonce
    /// @param deadline unix seconds
    struct WalletPermit2 {
        uint256 amount;
        uint256 nonce;
        uint256 deadline;
        bytes signature;
    }

    /// @notice `amount` token wei stand behind a channel of `client` to `provider`, until `expiry`.
    event ChannelOpened(
        uint64 indexed channel,
        address indexed client,
        uint32 indexed provider,
        uint256 amount,
        uint40 expiry
    );
    /// @notice `amount` more token wei; it expires at `expiry` now.
    event ChannelToppedUp(uint64 indexed channel, uint256 amount, uint40 expiry);
    /// @notice `paid` went to the provider; `total` is what was redeemed so far, what is to be burned included. The rest is the receipt, which both sides stand for.
    event VoucherRedeemed(
        uint64 indexed channel,
        uint32 indexed provider,
        uint256 total,
        uint256 paid,
        uint64 readBytes,
        uint32 firstByteMs,
        uint8 kibPerSecond
    );
    /// @notice The client closes: vouchers count until `closesAt`, unix seconds.
    event ChannelClosing(uint64 indexed channel, uint32 closesAt);
    /// @notice The channel is over, with nothing paid in the end; `refunded` token wei went back to the client, and `burned` wait to be burned.
    event ChannelClosed(uint64 indexed channel, uint256 refunded, uint256 burned);

    /// @notice The channel is over, both sides agreeing on a last voucher, whose amount and receipt these are: `refunded` token wei went back to the client, and
    /// the provider got the rest of `total` that it had not yet, less the burn.
    event ChannelSettled(
        uint64 indexed channel,
        uint256 total,
        uint256 refunded,
        uint64 readBytes,
        uint32 firstByteMs,
        uint8 kibPerSecond
    );

    error RetrievalChannels_NoChannel(uint64 channel);
    error RetrievalChannels_NotTheClient(uint64 channel, address caller);
    error RetrievalChannels_ZeroAmount();
    /// @notice A channel lives for a dispute window at least, is never shortened, and ends before the year 2106.
    error RetrievalChannels_BadExpiry(uint256 expiry, uint256 earliest, uint256 latest);
    error RetrievalChannels_BadClientSignature(uint64 channel);
    error RetrievalChannels_BadProviderSignature(uint64 channel);
    error RetrievalChannels_SignatureExpired(uint64 channel, uint256 deadline);
    error RetrievalChannels_NothingNew(uint64 channel, uint256 amount, uint256 redeemed);
    error RetrievalChannels_AboveDeposit(uint64 channel, uint256 amount, uint256 deposit);
    /// @notice Vouchers count no more.
    error RetrievalChannels_TooLate(uint64 channel, uint256 closesAt);
    error RetrievalChannels_AlreadyClosing(uint64 channel, uint256 closesAt);
    error RetrievalChannels_StillOpen(uint64 channel, uint256 closesAt);
    error RetrievalChannels_InvalidParams(string field);

    /// @notice Opens a channel out of the escrow account of `client`.
    /// @dev Requirements: the caller is `client` or a session key of it, whose budget covers `amount`; `amount` > 0; the provider is registered; `expiry` is a
    /// dispute window ahead at least.
    /// @param expiry unix seconds
    /// @return channel its number, from 1
    function open(address client, uint32 provider, uint96 amount, uint40 expiry) external returns (uint64 channel);

    /// @notice As `open` for the caller, after moving tokens of its wallet into its escrow account: one transaction.
    /// @dev Requirements: as `open`, with what the account holds then; as the Escrow's `depositWithPermit`. A permit that somebody submitted first does no harm.
    /// @param amount token wei behind the channel, out of the account: what it held before counts, too
    function openWithPermit(
        uint32 provider,
        uint96 amount,
        uint40 expiry,
        WalletPermit calldata permit
    ) external returns (uint64 channel);

    /// @notice As `openWithPermit`, by Permit2.
    /// @dev Warning: anyone can bring the signature to the Escrow first. This reverts then, with the tokens in the caller's account: `open` takes them from there.
    /// Requirements: as `open`, with what the account holds then; as the Escrow's `depositWithPermit2`.
    function openWithPermit2(
        uint32 provider,
        uint96 amount,
        uint40 expiry,
        WalletPermit2 calldata permit
    ) external returns (uint64 channel);

    /// @notice Puts more behind a channel, and lets it live longer.
    /// @dev Requirements: the caller is the client or a session key of it; nobody closes the channel, and it has not expired; `expiry` is not earlier than before;
    /// one of the two grows.
    function topUp(uint64 channel, uint96 amount, uint40 expiry) external;

    /// @notice As `topUp` by the client, after moving tokens of its wallet into its escrow account: one transaction.
    /// @dev Requirements: as `topUp`, but no session key may call; otherwise as `openWithPermit`.
    function topUpWithPermit(uint64 channel, uint96 amount, uint40 expiry, WalletPermit calldata permit) external;

    /// @notice As `topUpWithPermit`, by Permit2.
    /// @dev Warning: as `openWithPermit2`.
    function topUpWithPermit2(uint64 channel, uint96 amount, uint40 expiry, WalletPermit2 calldata permit) external;

    /// @notice Pays the provider what a voucher promises beyond what was paid. Anyone may send it.
    /// @dev Warning: what a contract wallet's code signs, its code can deny later: serve such a client no more than its vouchers redeem at once.
    /// Requirements: the client signed (ERC-1271 included); it promises more than was redeemed, and no more than the deposit; the channel still takes vouchers.
    /// Warning: a provider redeems before `closesAt` at the latest: whoever offers a channel watches for `ChannelClosing`.
    function redeem(Voucher calldata voucher, bytes calldata signature) external;

    /// @notice As `redeem`, for many channels. Those whose voucher brings nothing new, and those that take none any more, are passed over: nobody can void the
    /// whole by redeeming one of them first.
    /// @dev Requirements: every voucher that would pay is signed, and within its deposit.
    function redeemBatch(Redemption[] calldata redemptions) external;

    /// @notice Ends a channel at once, both sides agreeing on the amount.
    /// @dev Requirements: the amount is at least what was redeemed and at most the deposit. The client agrees by calling or by the voucher's signature, and need
    /// not where nothing new is paid; the provider by calling (node key or operator) or by having signed `Closing` over this voucher (node key or operator), whose
    /// deadline has not passed. Who closes as the client stands for the receipt by calling.
    function close(
        Voucher calldata voucher,
        bytes calldata clientSignature,
        uint64 deadline,
        bytes calldata providerSignature
    ) external;

    /// @notice As `close`, cheaper, for the usual case: the client calls, and the provider's node key signed `Closing`.
    /// @dev Requirements: as `close`; the caller is the client, and `r`, `vs` is the node key's signature in the short form of ERC-2098.
    function closeTogether(Voucher calldata voucher, uint64 deadline, bytes32 r, bytes32 vs) external;

    /// @notice Closes from one side: from then on the provider has the dispute window to redeem what it has.
    /// @dev Requirements: the caller is the client; the channel has not expired, and nobody closes it already.
    function startClose(uint64 channel) external;

    /// @notice Gives the client back what is left. Anyone may call.
    /// @dev Requirements: the dispute window after `startClose`, or after the expiry, is over.
    function withdraw(uint64 channel) external;

    /// @notice What is stored of a channel; all zero when there is none.
    function channels(uint64 channel) external view returns (Channel memory);
    /// @notice Number of channels ever opened.
    function channelCount() external view returns (uint64);
    /// @notice Unix seconds from which a channel takes no vouchers: after `startClose` or, without it, a dispute window after its expiry.
    function closesAtOf(uint64 channel) external view returns (uint256);
    /// @notice Seconds that a provider has to show a later voucher.
    function disputeSeconds() external view returns (uint256);
    /// @notice Share of what is redeemed that is burned, 1/10,000, rounded up.
    function burnBps() external view returns (uint256);
}
