// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDemands} from "../../../../contracts/interfaces/IDemands.sol";
import {IRetrievalChannels} from "../../../../contracts/interfaces/IRetrievalChannels.sol";
import {Voucher} from "../../../../contracts/types/Voucher.sol";
import {ChannelHandler} from "./ChannelHandler.sol";
import {DelegationAttacker} from "./DelegationAttacker.sol";

/// @notice Forbidden as well: what channels and demands must refuse.
abstract contract ReadAttacker is DelegationAttacker, ChannelHandler {
    /// @dev Vouchers that are old, too high, late, changed or somebody else's; others' channels, and ends before their time.
    function attacker_channel(uint256 seed) external {
        uint256 kind = (seed >> 8) % 9;
        address target = address(channels);
        uint64 channel = _channelWhere(seed, _isOpenChannel);
        ChannelGhost storage g = channelGhosts[channel];
        if (kind == 0) return _attemptRedeem(_voucher(channel, g.redeemed));
        if (kind == 1) return _attemptRedeem(_voucher(channel, g.deposit + 1));
        if (kind == 2) {
            channel = _channelWhere(seed, _isChannelOver);
            return _attemptRedeem(_voucher(channel, channelGhosts[channel].deposit));
        }
        if (kind == 3) {
            Voucher memory voucher = _voucher(channel, g.deposit);
            bytes memory signature = _signedByClient(_voucher(channel, g.deposit - 1));
            return _attempt(MALLORY, target, abi.encodeCall(IRetrievalChannels.redeem, (voucher, signature)));
        }
        if (kind == 4) return _attempt(MALLORY, target, abi.encodeCall(IRetrievalChannels.startClose, (channel)));
        if (kind == 5 && !_isChannelOver(channel))
            return _attempt(g.client, target, abi.encodeCall(IRetrievalChannels.withdraw, (channel)));
        if (kind == 6) {
            // The client alone, at what was redeemed.
            Voucher memory voucher = _voucher(channel, g.redeemed);
            bytes memory alone = _signedByClient(voucher);
            bytes memory data = abi.encodeCall(IRetrievalChannels.close, (voucher, alone, _deadline(), alone));
            return _attempt(g.client, target, data);
        }
        if (kind == 7) {
            // No token, and another's channel: a longer life for nothing.
            uint40 longer = uint40(g.expiry + 1);
            return _attempt(MALLORY, target, abi.encodeCall(IRetrievalChannels.topUp, (channel, 0, longer)));
        }
        if (kind == 8) {
            // Nobody signed for the provider.
            bytes32 any = keccak256(abi.encode(seed));
            bytes memory data = abi.encodeCall(
                IRetrievalChannels.closeTogether,
                (_voucher(channel, g.redeemed), _deadline(), any, any >> 2)
            );
            return _attempt(g.client, target, data);
        }
        revert("nothing to try");
    }

    /// @dev Demands of others, of units that are not there, shown with nonsense, closed early, ended twice.
    function attacker_demand(uint256 seed) external {
        uint256 kind = (seed >> 8) % 5;
        address target = address(demands);
        if (kind < 2) {
            uint64 id = _liveWhere(seed, _anyLive);
            uint32[] memory units = new uint32[](1);
            if (kind == 1) units[0] = agreementGhosts[id].units;
            address from = kind == 0 ? MALLORY : agreementGhosts[id].client;
            return _attempt(from, target, abi.encodeCall(IDemands.demand, (_idOf(id), units)));
        }
        uint256 demand = 1 + ((seed >> 16) % (demandsSeen + 1));
        bool open = demandGhosts[demand].open;
        if (kind == 2 && open && _isShowable(demand)) {
            bytes memory opening = _openingFor(demand);
            opening[(seed >> 24) % opening.length] ^= 0x01;
            return _attempt(MALLORY, target, abi.encodeCall(IDemands.answer, (demand, opening)));
        }
        if (kind == 3 && !(open && _isDemandClosable(demand)))
            return _attempt(MALLORY, target, abi.encodeCall(IDemands.close, (demand)));
        if (kind == 4 && !open)
            return _attempt(MALLORY, target, abi.encodeCall(IDemands.answer, (demand, new bytes(65_536))));
        revert("nothing to try");
    }

    function _attemptRedeem(Voucher memory voucher) private {
        bytes memory signature = _signedByClient(voucher);
        return _attempt(MALLORY, address(channels), abi.encodeCall(IRetrievalChannels.redeem, (voucher, signature)));
    }
}
