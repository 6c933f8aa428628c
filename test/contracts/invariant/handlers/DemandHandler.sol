// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ConstantShard} from "../../support/ConstantShard.sol";
import {AuditHandler} from "./AuditHandler.sol";

/// @notice What clients force out on chain, and how providers show it.
abstract contract DemandHandler is AuditHandler {
    function demand_units(uint256 seed) external witnessed {
        uint64 id = _liveWhere(seed, _isDemandable);
        AgreementGhost storage a = agreementGhosts[id];
        // One, or as many as there may be; twice the same is a bond each.
        uint256 room = DEMAND_MAX_OPEN - a.openAudits;
        uint32[] memory units = new uint32[](1 + ((seed >> 8) % room));
        for (uint256 i; i < units.length; ++i) {
            units[i] = uint32((seed >> (16 + 8 * i)) % a.units);
        }
        if (escrow.availableOf(a.client) < DEMAND_BOND * units.length) _fund(a.client, DEMAND_BOND * units.length);
        vm.prank(a.client);
        demands.demand(_idOf(id), units);
    }

    function demand_show(uint256 seed) external witnessed {
        _show(_demandWhere(seed, _isShowable), reporter);
    }

    function demand_close(uint256 seed) external witnessed {
        uint256 demand = _demandWhere(seed, _isDemandClosable);
        vm.prank(reporter);
        demands.close(demand);
    }

    /// @dev Every provider but those that `silent` names answers and shows what is due before block `until`.
    function _respondUntil(uint256 silent, uint256 until) internal {
        _answerUntil(silent, until);
        uint256[] memory open = openDemands;
        for (uint256 i; i < open.length; ++i) {
            uint32 provider = agreementGhosts[demandGhosts[open[i]].agreement].provider;
            if ((silent >> provider) & 1 == 1 || demandGhosts[open[i]].deadline >= until) continue;
            if (_isShowable(open[i])) _show(open[i], address(this));
        }
        _readEvents();
    }

    function _demandWhere(
        uint256 seed,
        function(uint256) internal view returns (bool) fits
    ) internal view returns (uint256 demand) {
        for (uint256 i; i < openDemands.length; ++i) {
            demand = openDemands[((seed % openDemands.length) + i) % openDemands.length];
            if (fits(demand)) return demand;
        }
        revert("no such demand");
    }

    function _isShowable(uint256 demand) internal view returns (bool) {
        DemandGhost storage g = demandGhosts[demand];
        return block.number <= g.deadline && proofs.unitsOf(g.agreement) != 0;
    }

    function _isDemandClosable(uint256 demand) internal view returns (bool) {
        DemandGhost storage g = demandGhosts[demand];
        return block.number > g.deadline || proofs.unitsOf(g.agreement) == 0;
    }

    function _openingFor(uint256 demand) internal view returns (bytes memory) {
        AgreementGhost storage a = agreementGhosts[demandGhosts[demand].agreement];
        return ConstantShard.openingOf(fillOf[a.root], a.units);
    }

    function _show(uint256 demand, address from) private {
        bytes memory opening = _openingFor(demand);
        vm.prank(from);
        demands.answer(demand, opening);
    }

    function _isDemandable(uint64 id) private view returns (bool) {
        return agreementGhosts[id].openAudits < DEMAND_MAX_OPEN && _lastsForAWindow(id);
    }
}
