// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRetrievalChannels} from "../../../../contracts/interfaces/IRetrievalChannels.sol";
import {Voucher, VoucherLib} from "../../../../contracts/types/Voucher.sol";
import {Signing} from "../../support/Signing.sol";
import {Actor} from "./Actor.sol";

/// @notice What clients and providers do with channels for paid reads.
abstract contract ChannelHandler is Actor {
    using Signing for Voucher;

    uint256 private constant MAX_OPEN_CHANNELS = 12;
    uint256 private constant MAX_BATCH = 3;
    string internal constant CHANNELS_DOMAIN = "Stowmarket RetrievalChannels";

    function channel_open(uint256 seed, uint256 amount, uint256 life) external witnessed {
        require(openChannels.length < MAX_OPEN_CHANNELS, "enough channels");
        address owner = _client(seed);
        uint32 provider = _providerWhere(seed >> 8, _any);
        amount = _depositOf(owner, amount);
        vm.prank(owner);
        channels.open(owner, provider, uint96(amount), uint40(block.timestamp + bound(life, 1 days, 20 days)));
    }

    /// @dev In one transaction, a part of it out of the wallet.
    function channel_openWithPermit(uint256 seed, uint256 amount, uint256 life) external witnessed {
        require(openChannels.length < MAX_OPEN_CHANNELS, "enough channels");
        address owner = _client(seed);
        uint32 provider = _providerWhere(seed >> 8, _any);
        (uint256 whole, IRetrievalChannels.WalletPermit memory permit) = _outOfTheWallet(owner, amount);
        vm.prank(owner);
        channels.openWithPermit(
            provider,
            uint96(whole),
            uint40(block.timestamp + bound(life, 1 days, 20 days)),
            permit
        );
    }

    function channel_topUpWithPermit(uint256 seed, uint256 amount) external witnessed {
        uint64 channel = _channelWhere(seed, _isRunning);
        ChannelGhost storage g = channelGhosts[channel];
        (uint256 whole, IRetrievalChannels.WalletPermit memory permit) = _outOfTheWallet(g.client, amount);
        vm.prank(g.client);
        channels.topUpWithPermit(channel, uint96(whole), uint40(g.expiry), permit);
    }

    function channel_topUp(uint256 seed, uint256 amount, uint256 longer) external witnessed {
        uint64 channel = _channelWhere(seed, _isRunning);
        ChannelGhost storage g = channelGhosts[channel];
        amount = seed % 4 == 0 ? 0 : _depositOf(g.client, amount);
        vm.prank(g.client);
        channels.topUp(channel, uint96(amount), uint40(g.expiry + bound(longer, 1, 5 days)));
    }

    /// @dev A newer voucher; whoever has it may bring it.
    function channel_redeem(uint256 seed, uint256 amount) external witnessed {
        uint64 channel = _channelWhere(seed, _takesMore);
        ChannelGhost storage g = channelGhosts[channel];
        Voucher memory voucher = _voucher(channel, bound(amount, g.redeemed + 1, g.deposit));
        bytes memory signature = _signedByClient(voucher);
        vm.prank(reporter);
        channels.redeem(voucher, signature);
        highestShown[channel] = voucher.amount;
    }

    /// @dev Older and newer ones, several of one channel and of channels that are over: what is not new is passed over.
    function channel_batch(uint256 seed, uint256 amount) external witnessed {
        require(channelsSeen != 0, "no channel");
        IRetrievalChannels.Redemption[] memory list = new IRetrievalChannels.Redemption[](1 + (seed % MAX_BATCH));
        for (uint256 i; i < list.length; ++i) {
            uint64 channel = uint64(1 + ((seed >> (8 + 16 * i)) % channelsSeen));
            ChannelGhost storage g = channelGhosts[channel];
            Voucher memory voucher = _voucher(channel, 1 + ((amount >> (8 * i)) % g.deposit));
            list[i] = IRetrievalChannels.Redemption(voucher, _signedByClient(voucher));
            bool counts = g.open && block.timestamp < _endsAt(g);
            if (counts && voucher.amount > highestShown[channel]) highestShown[channel] = voucher.amount;
        }
        vm.prank(reporter);
        channels.redeemBatch(list);
    }

    /// @dev At any time, late ones included, with what both agree on.
    function channel_closeTogether(uint256 seed, uint256 amount) external witnessed {
        uint64 channel = _channelWhere(seed, _isOpenChannel);
        ChannelGhost storage g = channelGhosts[channel];
        Voucher memory voucher = _voucher(channel, bound(amount, g.redeemed, g.deposit));
        bytes memory signature = _signedByClient(voucher);
        bytes32 closing = VoucherLib.CLOSING_TYPEHASH;
        bytes32 digest = keccak256(abi.encode(closing, voucher.hashOf(), _deadline()));
        bytes memory consent = _signFor(g.provider, _digest(CHANNELS_DOMAIN, address(channels), digest));
        (agreedToEnd, highestShown[channel]) = (channel, voucher.amount);
        vm.prank(seed % 3 != 2 ? g.client : reporter);
        if (seed % 3 == 0) _closeInShort(voucher, consent);
        else channels.close(voucher, signature, _deadline(), consent);
        _readEvents();
        agreedToEnd = 0;
    }

    /// @dev ERC-2098.
    function _closeInShort(Voucher memory voucher, bytes memory consent) private {
        (bytes32 r, bytes32 s) = (bytes32(0), bytes32(0));
        assembly ("memory-safe") {
            r := mload(add(consent, 0x20))
            s := mload(add(consent, 0x40))
        }
        channels.closeTogether(voucher, _deadline(), r, s | bytes32(uint256(uint8(consent[64]) - 27) << 255));
    }

    function channel_startClose(uint256 seed) external witnessed {
        uint64 channel = _channelWhere(seed, _isRunning);
        vm.prank(channelGhosts[channel].client);
        channels.startClose(channel);
    }

    function channel_withdraw(uint256 seed) external witnessed {
        uint64 channel = _channelWhere(seed, _isChannelOver);
        vm.prank(reporter);
        channels.withdraw(channel);
    }

    function _channelWhere(
        uint256 seed,
        function(uint64) internal view returns (bool) fits
    ) internal view returns (uint64 channel) {
        for (uint256 i; i < openChannels.length; ++i) {
            channel = openChannels[((seed % openChannels.length) + i) % openChannels.length];
            if (fits(channel)) return channel;
        }
        revert("no such channel");
    }

    function _isOpenChannel(uint64) internal pure returns (bool) {
        return true;
    }

    function _isRunning(uint64 channel) internal view returns (bool) {
        ChannelGhost storage g = channelGhosts[channel];
        return g.closesAt == 0 && block.timestamp < g.expiry;
    }

    function _isChannelOver(uint64 channel) internal view returns (bool) {
        return block.timestamp >= _endsAt(channelGhosts[channel]);
    }

    function _takesMore(uint64 channel) internal view returns (bool) {
        ChannelGhost storage g = channelGhosts[channel];
        return !_isChannelOver(channel) && g.redeemed < g.deposit;
    }

    function _voucher(uint64 channel, uint256 amount) internal pure returns (Voucher memory) {
        return Voucher(channel, uint96(amount), uint64(amount), 30, 13);
    }

    function _signedByClient(Voucher memory voucher) internal view returns (bytes memory) {
        uint256 key = clientKeys[channelGhosts[voucher.channel].client];
        return _sign(key, _digest(CHANNELS_DOMAIN, address(channels), voucher.hashOf()));
    }

    /// @dev Half of what is free in the account, and the rest by permit.
    function _outOfTheWallet(
        address owner,
        uint256 amount
    ) private returns (uint256 whole, IRetrievalChannels.WalletPermit memory permit) {
        amount = bound(amount, 1, 5 ether);
        token.transfer(owner, amount);
        uint256 free = escrow.availableOf(owner) / 2;
        whole = amount + (free < amount ? free : amount);
        (uint8 v, bytes32 r, bytes32 s) = _signPermit(owner, amount);
        permit = IRetrievalChannels.WalletPermit(amount, block.timestamp, v, r, s);
    }

    function _depositOf(address owner, uint256 amount) private returns (uint256) {
        amount = bound(amount, 1, 5 ether);
        if (escrow.availableOf(owner) < amount) _fund(owner, amount);
        return amount;
    }
}
