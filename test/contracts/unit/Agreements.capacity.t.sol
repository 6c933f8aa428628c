// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice No agreement takes a provider beyond what it declared; what it holds already stays.
contract AgreementsCapacityTest is CallTable {
    function _exceeded(uint32 provider, uint256 units, uint256 capacity) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAgreements.Agreements_CapacityExceeded.selector, provider, units, capacity);
    }

    function _another(Provider memory p) private returns (Call memory) {
        return _formCall(_agreement(p, keccak256("another"), 0, UNITS, TERM), p);
    }

    function test_RevertWhen_FormingAUnitTooMany() public {
        _declare(holder, 2 * UNITS - 1);
        _expect(_another(holder), _exceeded(holder.id, 2 * UNITS, 2 * UNITS - 1), "a unit too many");
        _declare(holder, 2 * UNITS);
        _expect(_another(holder), OK, "to the last unit");
        Call memory one = _formCall(_agreement(holder, keccak256("one"), 0, 1, TERM), holder);
        _expect(one, _exceeded(holder.id, 2 * UNITS + 1, 2 * UNITS), "when full");
    }

    function test_RevertWhen_TheSecondOfABatchIsTooMuch() public {
        _declare(successor, UNITS + 1);
        StorageAgreement[] memory list = new StorageAgreement[](2);
        bytes[] memory signatures = new bytes[](2);
        list[0] = _agreement(successor, keccak256("one"), 0, UNITS, TERM);
        list[1] = _agreement(successor, keccak256("two"), 0, 2, TERM);
        for (uint256 i; i < 2; ++i) {
            signatures[i] = _sign(successor.nodeKey, agreements.digestOf(list[i]));
        }
        bytes memory data = abi.encodeCall(agreements.form, (list, signatures, ""));
        _expect(
            Call(client, address(agreements), data),
            _exceeded(successor.id, UNITS + 2, UNITS + 1),
            "the second of two"
        );
        assertEq(proofs.duties(successor.id).units, 0);
    }

    function test_RevertWhen_NothingIsDeclared() public {
        _declare(successor, 0);
        _expect(_another(successor), _exceeded(successor.id, UNITS, 0), "without capacity");
    }

    function test_RevertWhen_HandingOverToAFullSuccessor() public {
        _toPeriod(start);
        _prove(holder.id);
        _declare(successor, UNITS - 1);
        Call memory handOver = _handOverCall(_handover());
        _expect(handOver, _exceeded(successor.id, UNITS, UNITS - 1), "to one that is a unit short");
        _declare(successor, UNITS);
        _expect(handOver, OK, "to one that has room");
    }

    /// @dev Also what it had: declaring nothing is no way out of a duty, and none into a slash.
    function test_WhatIsHeldStays() public {
        _declare(holder, 0);
        _toPeriod(start);
        _prove(holder.id);
        _expect(_renewCall(_renewal()), OK, "renewing");
        _nextPeriod();
        _prove(holder.id);
        _expect(_settleCall(), OK, "settling");
        assertEq(agreements.agreements(id).provenPeriods, 1);
        _expect(_handOverCall(_handover()), OK, "handing over");
        assertEq(collateral.stakes(holder.id).slashes, 0);
    }

    /// @dev Stake of just the bond and the collateral: the whole of it covers capacity, and slashes take that away.
    function _thin() private returns (uint32 covered) {
        _declare(holder, UNITS);
        uint256 free = collateral.lockableOf(holder.id);
        vm.prank(holder.operator);
        collateral.requestUnbond(holder.id, free);
        covered = uint32(collateral.coveredCapacity(holder.id));
        assertEq(covered, (RENT * COLLATERAL_PERIODS) / 1e10);
        _declare(holder, covered);
    }

    function test_ASlashedProviderIsTrimmed() public {
        uint32 declared = _thin();
        bytes4 err = INodeRegistry.NodeRegistry_CapacityCovered.selector;
        Call memory trim = Call(PAYER, address(registry), abi.encodeCall(registry.trimCapacity, (holder.id)));
        _expect(trim, abi.encodeWithSelector(err, holder.id, declared, declared), "what is covered");
        _toPeriod(start + 1);
        proofs.recordMisses(holder.id, 0);
        _expect(_settleCall(), OK, "settling");
        uint32 covered = uint32(collateral.coveredCapacity(holder.id));
        // One per cent of the collateral, and the report fee is none: nobody is named.
        assertEq(covered, declared - declared / 100);
        _expect(trim, OK, "what is not");
        assertEq(registry.capacityOf(holder.id), covered);
        (IPriceIndex.Level memory level, ) = priceIndex.current();
        assertEq(level.bonded, uint256(covered) + registry.capacityOf(successor.id));
        _expect(trim, abi.encodeWithSelector(err, holder.id, covered, covered), "twice");
    }

    function test_RevertWhen_UnbondingBelowWhatIsDeclared() public {
        uint256 free = collateral.lockableOf(holder.id);
        uint256 needed = BOND + uint256(type(uint32).max) * collateral.capacityBond();
        uint256 all = uint256(collateral.stakes(holder.id).free) + collateral.stakes(holder.id).locked;
        bytes memory data = abi.encodeCall(collateral.requestUnbond, (holder.id, all - needed));
        Call memory most = Call(holder.operator, address(collateral), data);
        bytes4 err = ICollateral.Collateral_CapacityBonded.selector;
        bytes memory more = abi.encodeCall(collateral.requestUnbond, (holder.id, all - needed + 1));
        _with(most, more, abi.encodeWithSelector(err, holder.id, type(uint32).max, needed - 1, needed));
        _declare(holder, 0);
        data = abi.encodeCall(collateral.requestUnbond, (holder.id, free - (all - needed)));
        _expect(Call(holder.operator, address(collateral), data), OK, "the rest");
    }

    function test_AFailedProviderHasNoCapacity() public {
        _toPeriod(start + 4);
        proofs.recordMisses(holder.id, 0);
        assertTrue(collateral.hasFailed(holder.id));
        assertEq(registry.capacityOf(holder.id), type(uint32).max);
        bytes memory one = abi.encodeCall(registry.declareCapacity, (holder.id, 1));
        bytes4 err = INodeRegistry.NodeRegistry_CapacityNotCovered.selector;
        Call memory declare = Call(holder.operator, address(registry), one);
        _expect(declare, abi.encodeWithSelector(err, holder.id, 1, 0), "declaring");

        // Until somebody trims it, its stake is bound, and the index still counts it.
        uint256 free = collateral.stakes(holder.id).free;
        _expect(_endCall(), OK, "ending");
        bytes memory data = abi.encodeCall(collateral.requestUnbond, (holder.id, free));
        Call memory unbond = Call(holder.operator, address(collateral), data);
        uint256 needed = BOND + uint256(type(uint32).max) * collateral.capacityBond();
        bytes4 bound_ = ICollateral.Collateral_CapacityBonded.selector;
        bytes memory refusal = abi.encodeWithSelector(bound_, holder.id, type(uint32).max, 0, needed);
        _expect(unbond, refusal, "unbonding");
        vm.prank(PAYER);
        registry.trimCapacity(holder.id);
        assertEq(registry.capacityOf(holder.id), 0);
        _expect(unbond, OK, "once trimmed");
        (IPriceIndex.Level memory level, ) = priceIndex.current();
        assertEq(level.bonded, registry.capacityOf(successor.id));
    }
}

/// @notice What the index is told of agreements' lives.
contract AgreementsPriceIndexTest is CallTable {
    function _level() private view returns (IPriceIndex.Level memory level) {
        (level, ) = priceIndex.current();
    }

    function _sold() private view returns (uint256) {
        (, IPriceIndex.Signal memory signal) = priceIndex.current();
        return signal.sold;
    }

    function test_FormingCountsUnitsAndRent() public {
        assertEq(_level().committed, UNITS);
        assertEq(_sold(), uint256(PRICE) * UNITS * TERM);
        _form(successor, _agreement(successor, keccak256("another"), 0, 8, 3));
        assertEq(_level().committed, UNITS + 8);
        assertEq(_sold(), uint256(PRICE) * (uint256(UNITS) * TERM + 24));
    }

    function test_RenewingCountsRentOnly() public {
        _toPeriod(start);
        _fund(PAYER, 100 ether);
        _expect(_renewCall(_renewal()), OK, "renewing");
        assertEq(_level().committed, UNITS);
        assertEq(_sold(), uint256(PRICE) * UNITS * 3);
        _expect(_topUpCall(), OK, "topping up");
        assertEq(_sold(), uint256(PRICE) * UNITS * 6);
        assertEq(_level().committed, UNITS);
    }

    function test_HandingOverCountsNothing() public {
        _toPeriod(start);
        _prove(holder.id);
        _expect(_handOverCall(_handover()), OK, "handing over");
        assertEq(_level().committed, UNITS);
        assertEq(_sold(), 0);
    }

    function test_EveryEndCountsOnce() public {
        uint256 snapshot = vm.snapshotState();
        _expect(_concedeCall(), OK, "conceding");
        assertEq(_level().committed, 0);
        vm.revertToState(snapshot);
        _toPeriod(start + 4);
        _expect(_endCall(), OK, "ending after a failure");
        assertEq(_level().committed, 0);
        vm.revertToState(snapshot);
        for (uint32 p = start; p < end; ++p) {
            _toPeriod(p);
            _prove(holder.id);
        }
        _toPeriod(end);
        assertEq(_level().committed, UNITS);
        _expect(_endCall(), OK, "ending");
        assertEq(_level().committed, 0);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Kept));
        AgreementId[] memory ids = agreements.holdersOf(client, OBJECT);
        assertEq(AgreementId.unwrap(ids[0]), AgreementId.unwrap(id));
    }
}
