// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IRetrievalChannels} from "../../../../contracts/interfaces/IRetrievalChannels.sol";
import {DemandWitness} from "./DemandWitness.sol";

/// @notice Reads the events of RetrievalChannels into the ghosts.
abstract contract ChannelWitness is DemandWitness {
    function _seeChannels(Vm.Log memory log) internal {
        bytes32 topic = log.topics[0];
        uint64 channel = uint64(uint256(log.topics[1]));
        ChannelGhost storage g = channelGhosts[channel];
        if (topic == IRetrievalChannels.ChannelOpened.selector) return _seeChannelOpened(channel, g, log);
        if (!g.open) return _breach(61);
        if (topic == IRetrievalChannels.ChannelToppedUp.selector) {
            (uint256 amount, uint40 expiry) = abi.decode(log.data, (uint256, uint40));
            if (g.closesAt != 0 || block.timestamp >= g.expiry || expiry < g.expiry) _breach(61);
            g.deposit += amount;
            g.expiry = expiry;
            _chargeChannel(g, amount);
        } else if (topic == IRetrievalChannels.VoucherRedeemed.selector) {
            _seeRedeemed(channel, g, log);
        } else if (topic == IRetrievalChannels.ChannelSettled.selector) {
            _seeSettled(channel, g, log);
        } else if (topic == IRetrievalChannels.ChannelClosing.selector) {
            g.closesAt = abi.decode(log.data, (uint32));
            if (g.closesAt != block.timestamp + _channelParams().disputeSeconds || block.timestamp >= g.expiry)
                _breach(61);
        } else {
            _seeChannelClosed(channel, g, log);
        }
    }

    /// @dev Of the whole and rounded up, however many vouchers it took.
    function _burnOfReads(uint256 redeemed) internal pure returns (uint256) {
        return (redeemed * _channelParams().burnBps + BPS - 1) / BPS;
    }

    function _endsAt(ChannelGhost storage g) internal view returns (uint256) {
        return g.closesAt != 0 ? g.closesAt : g.expiry + _channelParams().disputeSeconds;
    }

    function _seeChannelOpened(uint64 channel, ChannelGhost storage g, Vm.Log memory log) private {
        if (channel != ++channelsSeen) _breach(61);
        (g.client, g.provider) = (address(uint160(uint256(log.topics[2]))), uint32(uint256(log.topics[3])));
        (g.deposit, g.expiry) = abi.decode(log.data, (uint256, uint40));
        g.open = true;
        channelPlace[channel] = openChannels.length;
        openChannels.push(channel);
        _chargeChannel(g, g.deposit);
    }

    function _chargeChannel(ChannelGhost storage g, uint256 amount) private {
        _charge(g.client, amount);
        if (_isPair(g.client)) pairBonds += amount;
    }

    /// @dev Never less than before, never more than the deposit, and in time.
    function _seeRedeemed(uint64 channel, ChannelGhost storage g, Vm.Log memory log) private {
        (uint256 total, uint256 paid, , , ) = abi.decode(log.data, (uint256, uint256, uint64, uint32, uint8));
        if (g.provider != uint32(uint256(log.topics[2]))) _breach(61);
        if (block.timestamp >= _endsAt(g)) _breach(61);
        _pay(g, total, paid);
    }

    /// @dev Both sides' last word: what it pays is what the rules give.
    function _seeSettled(uint64 channel, ChannelGhost storage g, Vm.Log memory log) private {
        (uint256 total, uint256 refunded, , , ) = abi.decode(log.data, (uint256, uint256, uint64, uint32, uint8));
        if (agreedToEnd != channel) _breach(61);
        _pay(g, total, total - _burnOfReads(total) - g.paid);
        _end(channel, g, refunded, _burnOfReads(total));
    }

    function _pay(ChannelGhost storage g, uint256 total, uint256 paid) private {
        if (total <= g.redeemed || total > g.deposit) _breach(61);
        (g.redeemed, g.paid) = (total, g.paid + paid);
        if (g.paid != total - _burnOfReads(total)) _breach(61);
        _credit(providerGhosts[g.provider].account, paid);
        bool byPair = _isPair(g.client);
        if (byPair) (pairBonds, pairPaidOthers) = (pairBonds - paid, pairPaidOthers + paid);
        if (_isPairProvider(g.provider)) pairEarnedFromOthers += paid;
    }

    function _seeChannelClosed(uint64 channel, ChannelGhost storage g, Vm.Log memory log) private {
        (uint256 refunded, uint256 burned) = abi.decode(log.data, (uint256, uint256));
        if (block.timestamp < _endsAt(g) && agreedToEnd != channel) _breach(61);
        _end(channel, g, refunded, burned);
    }

    function _end(uint64 channel, ChannelGhost storage g, uint256 refunded, uint256 burned) private {
        if (refunded != g.deposit - g.redeemed || burned != _burnOfReads(g.redeemed)) _breach(61);
        if (g.paid + refunded + burned != g.deposit) _breach(61);
        if (g.redeemed != highestShown[channel]) _breach(61);
        burnedByReads += burned;
        burningOfReads += burned;
        _credit(escrow.accountOf(g.client), refunded);
        if (_isPair(g.client)) (pairBonds, pairBurned) = (pairBonds - refunded - burned, pairBurned + burned);
        g.open = false;
        uint64 last = openChannels[openChannels.length - 1];
        (openChannels[channelPlace[channel]], channelPlace[last]) = (last, channelPlace[channel]);
        openChannels.pop();
    }
}
