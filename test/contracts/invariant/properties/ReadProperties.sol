// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDemands} from "../../../../contracts/interfaces/IDemands.sol";
import {IRetrievalChannels} from "../../../../contracts/interfaces/IRetrievalChannels.sol";
import {Sums} from "./Sums.sol";

/// @notice Properties 60 and 61 of README.md: demanded units, and channels for paid reads.
abstract contract ReadProperties is Sums {
    function _checkReads() internal view {
        _i60_demands();
        _i61_channels();
    }

    function _i60_demands() private view {
        _unbroken(60, "I60 a demand had another outcome, bond or window than it may have");
        uint256 locked = escrow.lockedBy(address(demands));
        _same(locked, openDemands.length * DEMAND_BOND, "I60 bonds locked", 0);
        _same(locked, lockerGhosts[address(demands)], "I60 lock of Demands, by events", 0);
        _same(demands.demandCount(), demandsSeen, "I60 demands", 0);
        for (uint256 i; i < openDemands.length; ++i) {
            IDemands.Demand memory demand = demands.demands(openDemands[i]);
            DemandGhost storage g = demandGhosts[openDemands[i]];
            _holds(demand.open, "I60 open demand", openDemands[i]);
            _same(demand.unit, g.unit, "I60 unit of demand", openDemands[i]);
            _same(demand.deadline, g.deadline, "I60 deadline of demand", openDemands[i]);
            _same(demand.clientAccount, g.client, "I60 client of demand", openDemands[i]);
        }
    }

    function _i61_channels() private view {
        _unbroken(61, "I61 a channel paid, refunded, burned or ended otherwise than it may");
        uint256 behind;
        for (uint256 i; i < openChannels.length; ++i) {
            uint64 id = openChannels[i];
            IRetrievalChannels.Channel memory c = channels.channels(id);
            ChannelGhost storage g = channelGhosts[id];
            _same(c.deposit, g.deposit, "I61 deposit of channel", id);
            _same(c.redeemed, highestShown[id], "I61 highest voucher shown in time of channel", id);
            _holds(c.redeemed <= c.deposit, "I61 paid beyond the deposit of channel", id);
            _same(g.paid, c.redeemed - _burnOfReads(c.redeemed), "I61 pay of channel", id);
            _same(c.expiry, g.expiry, "I61 expiry of channel", id);
            _same(channels.closesAtOf(id), _endsAt(g), "I61 end of channel", id);
            behind += g.deposit - g.paid;
        }
        uint256 locked = escrow.lockedBy(address(channels));
        _same(locked, behind + burningOfReads, "I61 lock of RetrievalChannels", 0);
        _same(escrow.burningOf(address(channels)), burningOfReads, "I61 burns of channels that wait", 0);
        _same(locked, lockerGhosts[address(channels)], "I61 lock of RetrievalChannels, by events", 0);
        _same(channels.channelCount(), channelsSeen, "I61 channels", 0);
    }
}
