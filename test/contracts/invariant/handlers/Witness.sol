// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {INodeRegistry} from "../../../../contracts/interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "../../../../contracts/interfaces/IPossessionProofs.sol";
import {ChannelWitness} from "./ChannelWitness.sol";

/// @notice Reads every event of an action into the ghosts, and after each action compares one provider with what was seen of it before.
abstract contract Witness is ChannelWitness {
    modifier witnessed() {
        vm.recordLogs();
        _;
        _readEvents();
        _watch(uint32(1 + (++actions % registry.providerCount())));
    }

    /// @dev Also in the middle of an action, before time passes: events are compared with the period they came in.
    /// An action whose events make no sense must not pass for one that was refused, hence the call.
    function _readEvents() internal {
        try this.read(vm.getRecordedLogs()) {} catch {
            _breach(0);
        }
    }

    function read(Vm.Log[] memory logs) external {
        require(msg.sender == address(this), "only for itself");
        for (uint256 i; i < logs.length; ++i) {
            Vm.Log memory log = logs[i];
            if (log.emitter == address(escrow)) _seeEscrow(log);
            else if (log.emitter == address(agreements)) _seeAgreements(log);
            else if (log.emitter == address(collateral)) _seeCollateral(log);
            else if (log.emitter == address(audits)) _seeAudits(log);
            else if (log.emitter == address(demands)) _seeDemands(log);
            else if (log.emitter == address(channels)) _seeChannels(log);
            else if (log.emitter == address(proofs)) _seeProofs(log);
            else if (log.emitter == address(orderBook)) _seeOrders(log);
            else if (log.emitter == address(registry)) _seeRegistry(log);
            else if (log.emitter == address(priceIndex)) _seeIndex(log);
            else if (log.emitter == address(reputation)) _seeClients(log);
            else if (log.emitter == address(repairs)) _seeRepair(log);
        }
        _payBatch();
    }

    function _seeProofs(Vm.Log memory log) private {
        bytes32 topic = log.topics[0];
        if (topic == IPossessionProofs.PeriodSeeded.selector) {
            uint32 period = uint32(uint256(log.topics[1]));
            if (seeded[period] || period != proofs.currentPeriod()) _breach(29);
            seeded[period] = true;
            return;
        }
        ProviderGhost storage g = providerGhosts[uint32(uint256(log.topics[1]))];
        if (topic == IPossessionProofs.UnitsRemoved.selector) {
            context = uint64(uint256(log.topics[2]));
        } else if (topic == IPossessionProofs.LossConceded.selector) {
            lastConceded = uint64(uint256(log.topics[2]));
        } else if (topic == IPossessionProofs.PeriodProven.selector) {
            uint32 period = uint32(uint256(log.topics[2]));
            if (period != proofs.currentPeriod() || period <= g.lastProven || period <= g.lastStruck) _breach(25);
            g.lastProven = period;
            ++g.proven;
        } else if (topic == IPossessionProofs.PeriodsMissed.selector) {
            (uint32 count, bool failed) = abi.decode(log.data, (uint32, bool));
            // A run of misses ends with the one that fails the provider.
            if (failed != g.failed || struckNow > count || (struckNow < count && !failed)) _breach(19);
            struckNow = 0;
            g.missed += count;
        } else if (topic == IPossessionProofs.MaintenanceDeclared.selector) {
            _seeMaintenance(uint32(uint256(log.topics[1])), g, log);
        }
    }

    /// @dev The bid comes next, in the same call: what it is for is what was lost, and what it may cost, what came back.
    function _seeRepair(Vm.Log memory log) private {
        (uint64 lost, uint64 bidId) = (uint64(uint256(log.topics[1])), uint64(uint256(log.topics[2])));
        AgreementGhost storage g = agreementGhosts[lost];
        (bytes32 objectKey, uint8 shardIndex, bytes32 root) = abi.decode(log.data, (bytes32, uint8, bytes32));
        if (repairBids[lost] != 0 || bidGhosts[bidId].client != address(0)) _breach(59);
        if (g.status != IAgreements.Status.Failed || g.client != address(uint160(uint256(log.topics[3])))) _breach(59);
        if (g.objectKey != objectKey || g.shardIndex != shardIndex || g.root != root) _breach(59);
        repairBids[lost] = bidId;
        lostFor[bidId] = lost;
    }

    /// @dev A stretch that has not begun is replaced.
    function _seeMaintenance(uint32 provider, ProviderGhost storage g, Vm.Log memory log) private {
        (uint32 from, uint32 until) = abi.decode(log.data, (uint32, uint32));
        uint32 current = proofs.currentPeriod();
        if (g.nextMaintenance <= current && g.maintainedUntil > current) _breach(48);
        bool takenBack = g.nextMaintenance == g.maintainedUntil;
        if (g.nextMaintenance <= current && !takenBack) g.lastMaintenance = g.nextMaintenance;
        else for (uint32 p = g.nextMaintenance; p < g.maintainedUntil; ++p) quiet[provider][p] = false;
        if (from <= current || until - from > MAINTENANCE_PERIODS) _breach(48);
        if (g.lastMaintenance != 0 && from < g.lastMaintenance + MAINTENANCE_CYCLE) _breach(48);
        (g.nextMaintenance, g.maintainedUntil) = (from, until);
        for (uint32 p = from; p < until; ++p) quiet[provider][p] = true;
    }

    function _seeRegistry(Vm.Log memory log) private {
        uint32 provider = uint32(uint256(log.topics[1]));
        ProviderGhost storage g = providerGhosts[provider];
        if (log.topics[0] == INodeRegistry.ProviderRegistered.selector) {
            if (g.operator != address(0)) _breach(40);
            g.operator = address(uint160(uint256(log.topics[2])));
            g.account = escrow.accountOf(g.operator);
            g.index = WHOLE;
        } else if (log.topics[0] == INodeRegistry.PlacementAssigned.selector) {
            if (g.identity != 0) _breach(40);
            g.identity = _identityOf(registry.providers(provider));
        } else if (log.topics[0] == INodeRegistry.CapacityChanged.selector) {
            g.capacity = abi.decode(log.data, (uint32));
        } else if (log.topics[0] == INodeRegistry.SignaturesRevoked.selector) {
            uint64 voidThrough = abi.decode(log.data, (uint64));
            if (voidThrough <= g.voidThrough) _breach(40);
            g.voidThrough = voidThrough;
        }
    }

    function _identityOf(INodeRegistry.Provider memory p) internal pure returns (bytes32) {
        (p.voidThrough, p.capacity) = (0, 0);
        return keccak256(abi.encode(p));
    }

    function _watch(uint32 provider) private {
        IPossessionProofs.Duty memory duty = proofs.duties(provider);
        ProviderGhost storage g = providerGhosts[provider];
        if (duty.resolvedThrough < g.resolvedThrough) _breach(26);
        g.resolvedThrough = duty.resolvedThrough;

        uint32 period = proofs.currentPeriod();
        (bytes32 drawn, uint256 conceded) = _drawn(provider);
        // Before the seed is known, or without duty, nothing is drawn; a provider that failed owes nothing any more.
        if (drawn == 0) return;
        DrawsGhost storage d = drawsGhosts[provider];
        if (d.period == period && (d.drawn != drawn || d.conceded & ~conceded != 0)) _breach(24);
        (d.period, d.drawn, d.conceded) = (period, drawn, conceded);
    }

    /// @return drawn hash over what is drawn; 0 when nothing is
    function _drawn(uint32 provider) private view returns (bytes32 drawn, uint256 conceded) {
        IPossessionProofs.Draw[] memory draws = proofs.draws(provider);
        for (uint256 i; i < draws.length; ++i) {
            if (draws[i].conceded) conceded |= 1 << i;
            draws[i].conceded = false;
        }
        if (draws.length != 0) drawn = keccak256(abi.encode(draws));
    }
}
