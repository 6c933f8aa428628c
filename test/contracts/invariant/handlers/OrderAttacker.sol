// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INodeRegistry} from "../../../../contracts/interfaces/INodeRegistry.sol";
import {IPriceIndex} from "../../../../contracts/interfaces/IPriceIndex.sol";
import {IReputation} from "../../../../contracts/interfaces/IReputation.sol";
import {ICollateral} from "../../../../contracts/interfaces/ICollateral.sol";
import {IAsks} from "../../../../contracts/interfaces/orders/IAsks.sol";
import {IBids} from "../../../../contracts/interfaces/orders/IBids.sol";
import {StorageAgreement} from "../../../../contracts/types/StorageAgreement.sol";
import {RepairHandler} from "./RepairHandler.sol";
import {ReadAttacker} from "./ReadAttacker.sol";

/// @notice Forbidden as well: what bids, signed asks, capacity, index and counted clients must refuse.
abstract contract OrderAttacker is RepairHandler, ReadAttacker {
    /// @dev Others' bids, bids that are over, bids before their time.
    function attacker_bid(uint256 seed) external {
        uint256 kind = (seed >> 8) % 4;
        address target = address(orderBook);
        if (kind == 0) {
            uint64 open = _bidWhere(seed, _isOpen);
            address from = seed % 2 == 0 ? MALLORY : reporter;
            return _attempt(from, target, abi.encodeCall(IBids.cancelBid, (open)));
        }
        if (kind == 1) {
            return _attempt(MALLORY, target, abi.encodeCall(IBids.closeBid, (_bidWhere(seed, _isOnOffer))));
        }
        uint64 over = uint64(1 + ((seed >> 16) % (orderBook.bidCount() + 1)));
        if (bidGhosts[over].open) revert("still open");
        if (kind == 2) {
            return _attempt(bidGhosts[over].client, target, abi.encodeCall(IBids.cancelBid, (over)));
        }
        bytes memory data = abi.encodeCall(
            IBids.answerBid,
            (over, new StorageAgreement[](1), new bytes[](1), new bytes32[][](1))
        );
        return _attempt(reporter, target, data);
    }

    /// @dev A signed ask twice, another's capacity, more than is covered, stake that capacity needs, clients that nobody served, doors of the market's
    /// own contracts.
    function attacker_orders(uint256 seed) external {
        uint32 provider = _providerWhere(seed, _any);
        address operator = providers[provider - 1].operator;
        uint256 kind = (seed >> 8) % 8;
        if (kind == 0 && lastBrought.ask.provider != 0) {
            bytes memory data = abi.encodeCall(IAsks.bringAsk, (lastBrought, lastBroughtSignature));
            return _attempt(reporter, address(orderBook), data);
        }
        if (kind == 1) {
            bytes memory data = abi.encodeCall(INodeRegistry.declareCapacity, (provider, 1));
            return _attempt(MALLORY, address(registry), data);
        }
        if (kind == 2) {
            uint32 more = uint32(collateral.coveredCapacity(provider) + 1);
            bytes memory data = abi.encodeCall(INodeRegistry.declareCapacity, (provider, more));
            return _attempt(operator, address(registry), data);
        }
        if (kind == 3 && !_isUncovered(provider)) {
            return _attempt(MALLORY, address(registry), abi.encodeCall(INodeRegistry.trimCapacity, (provider)));
        }
        if (kind == 4 && registry.capacityOf(provider) != 0) {
            uint256 more = _unbondable(provider) + 1;
            return _attempt(operator, address(collateral), abi.encodeCall(ICollateral.requestUnbond, (provider, more)));
        }
        if (kind == 5) {
            uint64[] memory list = new uint64[](1);
            list[0] = _liveWhere(seed, _isUnserved);
            return _attempt(MALLORY, address(reputation), abi.encodeCall(IReputation.countClients, (list)));
        }
        if (kind == 6) {
            bytes memory data = abi.encodeCall(IPriceIndex.onSold, (1, 1));
            return _attempt(operator, address(priceIndex), data);
        }
        if (kind == 7) {
            bytes memory data = abi.encodeCall(IPriceIndex.onCapacity, (0, 1));
            return _attempt(operator, address(priceIndex), data);
        }
        revert("nothing to try");
    }

    function _isUnserved(uint64 id) private view returns (bool) {
        return !_served(id);
    }
}
