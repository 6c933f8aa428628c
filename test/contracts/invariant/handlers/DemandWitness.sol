// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {IDemands} from "../../../../contracts/interfaces/IDemands.sol";
import {AuditWitness} from "./AuditWitness.sol";

/// @notice Reads the events of Demands into the ghosts.
abstract contract DemandWitness is AuditWitness {
    function _seeDemands(Vm.Log memory log) internal {
        bytes32 topic = log.topics[0];
        uint256 demand = uint256(log.topics[1]);
        if (topic == IDemands.UnitDemanded.selector) return _seeDemanded(demand, log);
        DemandGhost storage g = demandGhosts[demand];
        AgreementGhost storage a = agreementGhosts[g.agreement];
        if (!g.open || g.agreement != uint64(uint256(log.topics[2]))) return _breach(60);
        bool live = a.status == IAgreements.Status.Active;
        // The bond ends in one place: with the provider, or where it came from.
        if (topic == IDemands.UnitShown.selector) {
            (, uint256 paid) = abi.decode(log.data, (address, uint256));
            if (!live || block.number > g.deadline || paid != DEMAND_BOND) _breach(60);
            _credit(registry.operatorAccountOf(a.provider), DEMAND_BOND);
            if (_isPair(accountGhosts[g.client].owner)) pairPaidOthers += DEMAND_BOND;
            if (_isPairProvider(a.provider)) pairEarnedFromOthers += DEMAND_BOND;
        } else {
            // Only what is overdue fails, and only what is over is void.
            if (live != (topic == IDemands.DemandFailed.selector)) _breach(60);
            if (live && block.number <= g.deadline) _breach(60);
            _credit(g.client, DEMAND_BOND);
        }
        if (_isPair(accountGhosts[g.client].owner)) pairBonds -= DEMAND_BOND;
        g.open = false;
        --a.openAudits;
        uint256 last = openDemands[openDemands.length - 1];
        (openDemands[demandPlace[demand]], demandPlace[last]) = (last, demandPlace[demand]);
        openDemands.pop();
    }

    function _seeDemanded(uint256 demand, Vm.Log memory log) private {
        (address owner, uint32 unit, uint48 deadline, uint256 bond) = abi.decode(
            log.data,
            (address, uint32, uint48, uint256)
        );
        uint64 id = uint64(uint256(log.topics[2]));
        AgreementGhost storage a = agreementGhosts[id];
        if (demand != ++demandsSeen || a.client != owner || a.provider != uint32(uint256(log.topics[3]))) _breach(60);
        // A full window, whatever the provider declared, that is over before the term is.
        if (bond != DEMAND_BOND || unit >= a.units || deadline < block.number + AUDIT_WINDOW) _breach(60);
        if (deadline >= proofs.openingBlock(_end(a)) || ++a.openAudits > DEMAND_MAX_OPEN) _breach(60);
        demandGhosts[demand] = DemandGhost(id, a.clientAccount, unit, deadline, true);
        demandPlace[demand] = openDemands.length;
        openDemands.push(demand);
        _charge(owner, bond);
        if (_isPair(owner)) pairBonds += bond;
    }
}
