// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {BidHandler} from "./BidHandler.sol";

/// @notice What happens to shards whose agreement failed: anybody posts a bid for them, which is then answered like any other.
abstract contract RepairHandler is BidHandler {
    uint256 private constant REPAIR_BUDGET = 3 ether;

    /// @dev Lost shards that nobody holds again and nobody posted, from a random one on.
    function repair_post(uint256 seed) external witnessed {
        uint64 lost = _lostWhere(seed);
        AgreementGhost storage g = agreementGhosts[lost];
        if (sessionGhosts[g.client][address(repairs)].expiry <= block.timestamp) {
            vm.prank(g.client);
            escrow.authorizeSession(address(repairs), uint96(REPAIR_BUDGET), uint40(block.timestamp + 1 days));
        }
        vm.prank(reporter);
        uint64 bidId = repairs.post(_idOf(lost), g.client, g.objectKey);
        _wants(bidId, g.shardIndex, g.root);
    }

    function _lostWhere(uint256 seed) private view returns (uint64 lost) {
        require(ended.length != 0, "nothing ended");
        for (uint256 i; i < ended.length; ++i) {
            lost = ended[((seed % ended.length) + i) % ended.length];
            if (_isLost(agreementGhosts[lost]) && repairBids[lost] == 0) return lost;
        }
        revert("nothing lost");
    }

    function _isLost(AgreementGhost storage g) private view returns (bool) {
        if (g.status != IAgreements.Status.Failed || proofs.currentPeriod() + 1 >= _end(g)) return false;
        return !_isShardTaken(g.client, g.objectKey, g.shardIndex);
    }
}
