// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IRetrievalChannels} from "./interfaces/IRetrievalChannels.sol";
import {Voucher, VoucherLib} from "./types/Voucher.sol";

/// @param disputeSeconds seconds that a provider has to show a later voucher
/// @param burnBps share of what is redeemed that is burned, 1/10,000
struct ChannelParams {
    uint32 disputeSeconds;
    uint16 burnBps;
}

/// @title Deposits behind vouchers for paid reads; see IRetrievalChannels
/// @dev Tokens stay in the Escrow; this contract's lock there is what its channels hold together.
contract RetrievalChannels is IRetrievalChannels, EIP712 {
    uint256 private constant _BPS = 10_000;

    /// @inheritdoc IRetrievalChannels
    uint256 public immutable disputeSeconds;
    /// @inheritdoc IRetrievalChannels
    uint256 public immutable burnBps;

    IEscrow private immutable _escrow;
    INodeRegistry private immutable _registry;

    /// @inheritdoc IRetrievalChannels
    uint64 public channelCount;
    mapping(uint64 channel => Channel) private _channels;

    constructor(
        ChannelParams memory params,
        IEscrow escrow,
        INodeRegistry registry
    ) EIP712("Stowmarket RetrievalChannels", "1") {
        require(params.disputeSeconds != 0, RetrievalChannels_InvalidParams("disputeSeconds"));
        require(params.burnBps < _BPS, RetrievalChannels_InvalidParams("burnBps"));
        disputeSeconds = params.disputeSeconds;
        burnBps = params.burnBps;
        _escrow = escrow;
        _registry = registry;
    }

    /// @inheritdoc IRetrievalChannels
    function open(address client, uint32 provider, uint96 amount, uint40 expiry) external returns (uint64 channel) {
        return _open(client, provider, amount, expiry);
    }

    /// @inheritdoc IRetrievalChannels
    function openWithPermit(
        uint32 provider,
        uint96 amount,
        uint40 expiry,
        WalletPermit calldata permit
    ) external returns (uint64 channel) {
        _deposit(permit);
        return _open(msg.sender, provider, amount, expiry);
    }

    /// @inheritdoc IRetrievalChannels
    function openWithPermit2(
        uint32 provider,
        uint96 amount,
        uint40 expiry,
        WalletPermit2 calldata permit
    ) external returns (uint64 channel) {
        _deposit2(permit);
        return _open(msg.sender, provider, amount, expiry);
    }

    /// @inheritdoc IRetrievalChannels
    function topUp(uint64 channel, uint96 amount, uint40 expiry) external {
        _topUp(channel, amount, expiry);
    }

    /// @inheritdoc IRetrievalChannels
    function topUpWithPermit(uint64 channel, uint96 amount, uint40 expiry, WalletPermit calldata permit) external {
        _requireClient(channel);
        _deposit(permit);
        _topUp(channel, amount, expiry);
    }

    /// @inheritdoc IRetrievalChannels
    function topUpWithPermit2(uint64 channel, uint96 amount, uint40 expiry, WalletPermit2 calldata permit) external {
        _requireClient(channel);
        _deposit2(permit);
        _topUp(channel, amount, expiry);
    }

    /// @inheritdoc IRetrievalChannels
    function redeem(Voucher calldata voucher, bytes calldata signature) external {
        Channel memory c = _channels[voucher.channel];
        require(c.client != address(0), RetrievalChannels_NoChannel(voucher.channel));
        uint256 closesAt = _closesAt(c);
        require(block.timestamp < closesAt, RetrievalChannels_TooLate(voucher.channel, closesAt));
        require(voucher.amount > c.redeemed, RetrievalChannels_NothingNew(voucher.channel, voucher.amount, c.redeemed));
        _pay(c, voucher, signature);
    }

    /// @inheritdoc IRetrievalChannels
    function redeemBatch(Redemption[] calldata redemptions) external {
        for (uint256 i; i < redemptions.length; ++i) {
            Voucher calldata voucher = redemptions[i].voucher;
            Channel memory c = _channels[voucher.channel];
            // A channel that is not there closed at 0.
            if (block.timestamp >= _closesAt(c) || voucher.amount <= c.redeemed) continue;
            _pay(c, voucher, redemptions[i].signature);
        }
    }

    /// @inheritdoc IRetrievalChannels
    function close(
        Voucher calldata voucher,
        bytes calldata clientSignature,
        uint64 deadline,
        bytes calldata providerSignature
    ) external {
        (uint64 channel, uint96 amount, bytes32 hash) = (voucher.channel, voucher.amount, voucher.hash());
        Channel memory c = _channels[channel];
        _requireClosable(c, channel, amount);
        _requireProviderConsent(c, hash, channel, deadline, providerSignature);
        if (amount == c.redeemed) return _end(channel, c);
        if (msg.sender != c.client) _requireClientConsent(c.client, channel, hash, clientSignature);
        _settle(c, voucher, channel, amount);
    }

    /// @inheritdoc IRetrievalChannels
    function closeTogether(Voucher calldata voucher, uint64 deadline, bytes32 r, bytes32 vs) external {
        (uint64 channel, uint96 amount) = (voucher.channel, voucher.amount);
        Channel memory c = _channels[channel];
        _requireClosable(c, channel, amount);
        require(msg.sender == c.client, RetrievalChannels_NotTheClient(channel, msg.sender));
        (address node, uint64 voidThrough, ) = _registry.signerOf(c.provider);
        require(_isStanding(deadline, voidThrough), RetrievalChannels_SignatureExpired(channel, deadline));
        (address recovered, , ) = ECDSA.tryRecover(_closingDigest(voucher.hash(), deadline), r, vs);
        require(recovered == node, RetrievalChannels_BadProviderSignature(channel));
        if (amount == c.redeemed) return _end(channel, c);
        _settle(c, voucher, channel, amount);
    }

    /// @inheritdoc IRetrievalChannels
    function startClose(uint64 channel) external {
        Channel storage c = _channels[channel];
        require(c.client != address(0), RetrievalChannels_NoChannel(channel));
        require(msg.sender == c.client, RetrievalChannels_NotTheClient(channel, msg.sender));
        (uint32 before, uint32 expiry) = (c.closesAt, c.expiry);
        require(before == 0, RetrievalChannels_AlreadyClosing(channel, before));
        require(block.timestamp < expiry, RetrievalChannels_AlreadyClosing(channel, expiry + disputeSeconds));
        // Below the latest expiry and a window, which fits.
        uint32 closesAt = uint32(block.timestamp + disputeSeconds);
        c.closesAt = closesAt;
        emit ChannelClosing(channel, closesAt);
    }

    /// @inheritdoc IRetrievalChannels
    function withdraw(uint64 channel) external {
        Channel memory c = _channels[channel];
        require(c.client != address(0), RetrievalChannels_NoChannel(channel));
        uint256 closesAt = _closesAt(c);
        require(block.timestamp >= closesAt, RetrievalChannels_StillOpen(channel, closesAt));
        _end(channel, c);
    }

    /// @inheritdoc IRetrievalChannels
    function channels(uint64 channel) external view returns (Channel memory) {
        return _channels[channel];
    }

    /// @inheritdoc IRetrievalChannels
    function closesAtOf(uint64 channel) external view returns (uint256) {
        return _closesAt(_channels[channel]);
    }

    /// @dev Before all else: while the token runs, nothing of this contract is half done. The owner is the caller, always: see `depositOfWithPermit`.
    function _deposit(WalletPermit calldata p) private {
        _escrow.depositOfWithPermit(msg.sender, p.amount, p.deadline, p.v, p.r, p.s);
    }

    /// @dev As `_deposit`.
    function _deposit2(WalletPermit2 calldata p) private {
        _escrow.depositWithPermit2(msg.sender, p.amount, p.nonce, p.deadline, p.signature);
    }

    function _requireClient(uint64 channel) private view {
        require(msg.sender == _channels[channel].client, RetrievalChannels_NotTheClient(channel, msg.sender));
    }

    function _open(address client, uint32 provider, uint96 amount, uint40 expiry) private returns (uint64 channel) {
        require(amount != 0, RetrievalChannels_ZeroAmount());
        // Kept, so that redeeming need not ask again: a provider's operator is for ever. Reverts for a provider that the registry does not know.
        uint32 operatorAccount = _registry.operatorAccountOf(provider);
        uint32 until = _requireExpiry(expiry, block.timestamp + disputeSeconds);
        channel = ++channelCount;
        emit ChannelOpened(channel, client, provider, amount, expiry);
        uint32 clientAccount = _escrow.lockBy(client, msg.sender, amount, 0);
        _channels[channel] = Channel(client, provider, clientAccount, operatorAccount, amount, 0, until, 0);
    }

    function _topUp(uint64 channel, uint96 amount, uint40 expiry) private {
        Channel storage c = _channels[channel];
        address client = c.client;
        require(client != address(0), RetrievalChannels_NoChannel(channel));
        (uint32 closesAt, uint32 before) = (c.closesAt, c.expiry);
        require(closesAt == 0, RetrievalChannels_AlreadyClosing(channel, closesAt));
        require(block.timestamp < before, RetrievalChannels_TooLate(channel, before));
        uint32 until = _requireExpiry(expiry, before);
        require(amount != 0 || expiry != before, RetrievalChannels_ZeroAmount());
        // All deposits are part of what the escrow holds, below 2^96.
        unchecked {
            c.deposit += amount;
        }
        c.expiry = until;
        emit ChannelToppedUp(channel, amount, expiry);
        // Nothing to lock for a longer life alone, but still a matter of the client's.
        require(amount != 0 || msg.sender == client, RetrievalChannels_NotTheClient(channel, msg.sender));
        if (amount != 0) _escrow.lockBy(client, msg.sender, amount, 0);
    }

    /// @dev Unix seconds; 0 for a channel that is not there.
    function _closesAt(Channel memory c) private view returns (uint256) {
        if (c.client == address(0)) return 0;
        return c.closesAt != 0 ? c.closesAt : c.expiry + disputeSeconds;
    }

    /// @param earliest unix seconds
    /// @return until `expiry`, which fits
    function _requireExpiry(uint40 expiry, uint256 earliest) private view returns (uint32 until) {
        uint256 latest = type(uint32).max - disputeSeconds;
        require(expiry >= earliest && expiry <= latest, RetrievalChannels_BadExpiry(expiry, earliest, latest));
        return uint32(expiry);
    }

    function _pay(Channel memory c, Voucher calldata v, bytes calldata signature) private {
        require(v.amount <= c.deposit, RetrievalChannels_AboveDeposit(v.channel, v.amount, c.deposit));
        _requireClientConsent(c.client, v.channel, v.hash(), signature);
        _channels[v.channel].redeemed = v.amount;
        uint256 paid = _paidOf(v.amount) - _paidOf(c.redeemed);
        emit VoucherRedeemed(v.channel, c.provider, v.amount, paid, v.readBytes, v.firstByteMs, v.kibPerSecond);
        // The burn waits for the channel's end.
        _escrow.release(c.operatorAccount, paid, 0, 0);
    }

    /// @dev That both sides may agree on `amount` as the last word.
    function _requireClosable(Channel memory c, uint64 channel, uint96 amount) private pure {
        require(c.client != address(0), RetrievalChannels_NoChannel(channel));
        require(amount >= c.redeemed, RetrievalChannels_NothingNew(channel, amount, c.redeemed));
        require(amount <= c.deposit, RetrievalChannels_AboveDeposit(channel, amount, c.deposit));
    }

    /// @dev Ends a channel as it is.
    function _end(uint64 channel, Channel memory c) private {
        delete _channels[channel];
        (uint256 refunded, uint256 burned) = (c.deposit - c.redeemed, _burnOf(c.redeemed));
        emit ChannelClosed(channel, refunded, burned);
        _escrow.payOut(c.clientAccount, refunded, 0, 0, burned);
    }

    /// @dev Pays a last voucher and ends the channel, with one event.
    function _settle(Channel memory c, Voucher calldata v, uint64 channel, uint96 amount) private {
        delete _channels[channel];
        uint256 burned = _burnOf(amount);
        // It is closable: redeemed < amount <= deposit; and what was paid never shrinks.
        unchecked {
            uint256 paid = amount - burned - _paidOf(c.redeemed);
            uint256 refunded = c.deposit - amount;
            emit ChannelSettled(channel, amount, refunded, v.readBytes, v.firstByteMs, v.kibPerSecond);
            _escrow.payOut(c.operatorAccount, paid, c.clientAccount, refunded, burned);
        }
    }

    /// @dev What a provider was paid once `redeemed` was. It never shrinks.
    function _paidOf(uint256 redeemed) private view returns (uint256) {
        // Less than everything burns.
        unchecked {
            return redeemed - _burnOf(redeemed);
        }
    }

    /// @dev Of the whole and rounded up: however small the steps, no less is burned than in one.
    function _burnOf(uint256 redeemed) private view returns (uint256) {
        // A uint96 times less than 2^14.
        unchecked {
            return (redeemed * burnBps + _BPS - 1) / _BPS;
        }
    }

    function _requireClientConsent(
        address client,
        uint64 channel,
        bytes32 hash,
        bytes calldata signature
    ) private view {
        bytes32 digest = _hashTypedDataV4(hash);
        (address recovered, , ) = ECDSA.tryRecoverCalldata(digest, signature);
        // The key first: what it signed holds even when its account is given code later (EIP-7702) that denies it.
        require(
            recovered == client || SignatureChecker.isValidSignatureNowCalldata(client, digest, signature),
            RetrievalChannels_BadClientSignature(channel)
        );
    }

    function _requireProviderConsent(
        Channel memory c,
        bytes32 voucherHash,
        uint64 channel,
        uint64 deadline,
        bytes calldata signature
    ) private view {
        // The operator is looked up first only where nobody signed: it takes a call.
        if (signature.length == 0 && msg.sender == _operatorOf(c)) return;
        (address node, uint64 voidThrough, ) = _registry.signerOf(c.provider);
        if (msg.sender == node) return;
        bool stands = _isStanding(deadline, voidThrough);
        bytes32 digest = _closingDigest(voucherHash, deadline);
        if (stands) {
            (address recovered, , ) = ECDSA.tryRecoverCalldata(digest, signature);
            if (recovered == node) return;
        }
        address operator = _operatorOf(c);
        if (msg.sender == operator) return;
        require(stands, RetrievalChannels_SignatureExpired(channel, deadline));
        require(
            SignatureChecker.isValidSignatureNowCalldata(operator, digest, signature),
            RetrievalChannels_BadProviderSignature(channel)
        );
    }

    function _closingDigest(bytes32 voucherHash, uint64 deadline) private view returns (bytes32) {
        return _hashTypedDataV4(VoucherLib.hashClosing(voucherHash, deadline));
    }

    /// @dev Whether a consent until `deadline` holds, which its provider may have revoked.
    function _isStanding(uint64 deadline, uint64 voidThrough) private view returns (bool) {
        return block.timestamp <= deadline && deadline > voidThrough;
    }

    /// @dev Whose account is paid is the operator: its owner, next to a balance that paying reads anyway.
    function _operatorOf(Channel memory c) private view returns (address operator) {
        (operator, ) = _escrow.accounts(c.operatorAccount);
    }
}
