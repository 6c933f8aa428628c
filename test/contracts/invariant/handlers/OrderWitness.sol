// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {IPriceIndex} from "../../../../contracts/interfaces/IPriceIndex.sol";
import {IReputation} from "../../../../contracts/interfaces/IReputation.sol";
import {IAsks} from "../../../../contracts/interfaces/orders/IAsks.sol";
import {IBids} from "../../../../contracts/interfaces/orders/IBids.sol";
import {Ask} from "../../../../contracts/types/Ask.sol";
import {BidTerms, Rest} from "../../../../contracts/types/Bid.sol";
import {StorageAgreement} from "../../../../contracts/types/StorageAgreement.sol";
import {StakeWitness} from "./StakeWitness.sol";

/// @notice Reads the events of OrderBook, PriceIndex and of counted clients into the ghosts.
abstract contract OrderWitness is StakeWitness {
    uint256 private constant MAX_IDLE = 168;
    uint256 private constant STEPS = 100;
    /// @dev The contract rounds powers of a step in 1/1e18: a thousandth of a wei covers 168 of them.
    uint256 private constant ROUNDING = 1e6;

    function _seeOrders(Vm.Log memory log) internal {
        bytes32 topic = log.topics[0];
        uint64 id = uint64(uint256(log.topics[1]));
        if (topic == IBids.BidPosted.selector) return _seePosted(id, log);
        if (topic == IBids.BidAnswered.selector) return _seeAnswered(bidGhosts[id], log);
        if (topic == IBids.BidClosed.selector) return _seeClosed(id, bidGhosts[id], abi.decode(log.data, (uint256)));
        AskGhost storage g = askGhosts[id];
        if (topic == IAsks.AskPosted.selector || topic == IAsks.AskAmended.selector) {
            Ask memory ask = abi.decode(log.data, (Ask));
            if (topic == IAsks.AskAmended.selector && g.provider != ask.provider) _breach(39);
            if (topic == IAsks.AskPosted.selector) {
                if (brought[id]) _breach(57);
                brought[id] = true;
            }
            (g.provider, g.unitsLeft) = (ask.provider, ask.unitsLeft);
        } else if (topic == IAsks.AskCancelled.selector) {
            (g.provider, g.unitsLeft) = (0, 0);
        }
    }

    function _seePosted(uint64 id, Vm.Log memory log) private {
        BidGhost storage g = bidGhosts[id];
        if (g.client != address(0)) _breach(53);
        (g.terms, g.reserved) = abi.decode(log.data, (BidTerms, uint256));
        (g.client, g.postedAt) = (address(uint160(uint256(log.topics[2]))), block.timestamp);
        (g.shardsLeft, g.open) = (g.terms.shards, true);
        uint256 value = uint256(g.terms.ceiling) * g.terms.units * g.terms.periods;
        if (g.reserved != value + _burnOf(value)) _breach(52);
        if (lostFor[id] != 0) _checkRepair(g, agreementGhosts[lostFor[id]]);
        bidPlace[id] = openBids.length;
        openBids.push(id);
        _charge(g.client, g.reserved * g.terms.shards);
    }

    /// @dev Of what its failure gave back, the rent of the periods left and half of the compensation, if there was one; a wei for the burn's rounding.
    function _checkRepair(BidGhost storage g, AgreementGhost storage lost) private {
        uint256 compensation;
        if (_compensates(lost))
            compensation = (lost.rent * lost.collateralPeriods * collateral.compensationBps()) / 10_000;
        if (g.reserved > lost.rent * g.terms.periods + compensation / 2 + 1) _breach(59);
        if (g.client != lost.client || g.terms.units != lost.units || g.terms.shards != 1) _breach(59);
        if (proofs.currentPeriod() + 1 + g.terms.periods != lost.startPeriod + lost.periods) _breach(59);
    }

    /// @dev What the answered shards had behind them is the client's for a moment. A bid that ends with the answer says so next.
    function _seeAnswered(BidGhost storage g, Vm.Log memory log) private {
        (uint8 shards, uint8 left) = abi.decode(log.data, (uint8, uint8));
        if (!g.open || shards == 0 || left + shards != g.shardsLeft) _breach(53);
        if (block.timestamp >= g.terms.expiry) _breach(53);
        if (g.terms.rest == Rest.AllOrNone && left != 0) _breach(53);
        if (g.due != 0) _breach(53);
        g.due = shards;
        if (left == 0 || g.terms.rest == Rest.Refund) return;
        g.shardsLeft = left;
        _giveBack(g, g.reserved * shards);
    }

    function _seeClosed(uint64 id, BidGhost storage g, uint256 refunded) private {
        if (!g.open || refunded != g.reserved * g.shardsLeft) _breach(53);
        _giveBack(g, refunded);
        g.open = false;
        uint64 last = openBids[openBids.length - 1];
        (openBids[bidPlace[id]], bidPlace[last]) = (last, bidPlace[id]);
        openBids.pop();
    }

    function _giveBack(BidGhost storage g, uint256 amount) private {
        g.given += amount;
        _credit(escrow.accountOf(g.client), amount);
    }

    /// @dev An agreement that takes a shard of a bid: at most at what the line says now, and its money fits into what was behind the shard.
    function _seeTaken(StorageAgreement memory a) internal {
        BidGhost storage g = bidGhosts[a.bidId];
        uint256 elapsed = block.timestamp - g.postedAt;
        uint256 most = g.terms.ceiling;
        if (elapsed < g.terms.climbSeconds) {
            most = g.terms.startPrice + ((g.terms.ceiling - g.terms.startPrice) * elapsed) / g.terms.climbSeconds;
        }
        uint256 value = uint256(a.pricePerUnitPeriod) * a.units * a.periods;
        if (a.pricePerUnitPeriod > most || value + _burnOf(value) > g.reserved) _breach(52);
        if (a.client != g.client || a.objectKey != g.terms.objectKey || a.askId != 0) _breach(53);
        if (g.due == 0 || (g.taken >> a.shardIndex) & 1 == 1) return _breach(53);
        g.taken |= 1 << a.shardIndex;
        --g.due;
    }

    /// @dev Within its range; within as many steps of where it stood as periods went by; once for each.
    function _seeIndex(Vm.Log memory log) internal {
        uint32 period = uint32(uint256(log.topics[1]));
        (uint96 index, uint32 utilisation, uint32 flow) = abi.decode(log.data, (uint96, uint32, uint32));
        uint256 start = uint256(PRICE) * 1e9;
        if (index < start / 10 || index > start * 10) _breach(56);
        if (indexGhost.period != 0) {
            if (period <= indexGhost.period || period > proofs.currentPeriod()) _breach(56);
            (uint256 most, uint256 least) = (indexGhost.index, indexGhost.index);
            for (uint256 i = indexGhost.period; i < period && i < indexGhost.period + MAX_IDLE; ++i) {
                (most, least) = (most + most / STEPS + 1, least - least / STEPS - 1);
            }
            if (index > most || index + ROUNDING < least) _breach(56);
            ++indexEntries;
        }
        indexGhost = IPriceIndex.Entry(period, index, utilisation, flow);
    }

    function _seeClients(Vm.Log memory log) internal {
        if (log.topics[0] != IReputation.ClientCounted.selector) return;
        uint32 provider = uint32(uint256(log.topics[1]));
        uint112 bit = uint112(1 << (uint256(log.topics[2]) % 112));
        uint32 epoch = uint32(uint256(log.topics[3]) / reputation.halfLifePeriods());
        IReputation.Clients storage g = clientGhosts[provider];
        if (epoch != g.epoch) {
            (g.before, g.recent) = (epoch == g.epoch + 1 ? g.recent : 0, 0);
            g.epoch = epoch;
        }
        if (g.recent & bit != 0) _breach(58);
        g.recent |= bit;
        if (!_hasServed(provider, uint32(uint256(log.topics[2])))) _breach(58);
    }

    /// @dev Whether a live or kept agreement with the client has a settled period that the provider itself proved.
    function _hasServed(uint32 provider, uint32 account) private view returns (bool) {
        for (uint64 leaf; leaf < providerGhosts[provider].leaves; ++leaf) {
            uint64 id = (uint64(provider) << 32) | leaf;
            if (_served(id) && agreementGhosts[id].clientAccount == account) return true;
        }
        return false;
    }

    function _served(uint64 id) internal view returns (bool) {
        AgreementGhost storage g = agreementGhosts[id];
        bool stands = g.status == IAgreements.Status.Active || g.status == IAgreements.Status.Kept;
        return stands && g.proven != g.inherited;
    }
}
