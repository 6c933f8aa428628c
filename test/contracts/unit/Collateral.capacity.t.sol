// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collateral, CollateralParams} from "../../../contracts/Collateral.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {CollateralFixture} from "../support/CollateralFixture.sol";

/// @notice Stake that stands behind declared capacity: 10 for each unit, beyond a bond of 1,000.
contract CollateralCapacityTest is CollateralFixture {
    function test_KeepsItsParameter() public view {
        assertEq(collateral.capacityBond(), CAPACITY_BOND);
    }

    function test_CoversWholeUnitsBeyondTheBond() public {
        assertEq(collateral.coveredCapacity(1), 0);
        _stake(9);
        assertEq(collateral.coveredCapacity(1), 0);
        _stake(1);
        assertEq(collateral.coveredCapacity(1), 1);
        _stake(9);
        assertEq(collateral.coveredCapacity(1), 1);
        _stake(1);
        assertEq(collateral.coveredCapacity(1), 2);
        assertEq(collateral.coveredCapacity(2), 0);
    }

    function test_LockedStakeCoversToo() public {
        _stake(100);
        _lock(95);
        assertEq(collateral.coveredCapacity(1), 10);
        vm.prank(operator);
        collateral.requestUnbond(1, 5);
        // What is on its way out does not.
        assertEq(collateral.coveredCapacity(1), 9);
    }

    /// @dev Misses that somebody reports, for a fee of 10.
    function _report(uint32 period, uint32 count) private {
        vm.prank(address(proofs));
        collateral.strike(1, period, count, clientAccount);
    }

    function test_SlashesTakeCover() public {
        _stake(1_000);
        _lock(1_000);
        assertEq(collateral.coveredCapacity(1), 100);
        _report(5, 2);
        // The fee is set aside at once, out of the bond; the slashes go when they are settled: 1,000 × 0.99 × 0.95.
        assertEq(collateral.coveredCapacity(1), 99);
        _settle(1, 1, 7, 1_000);
        assertEq(collateral.coveredCapacity(1), 93);
    }

    function test_NothingCoversBelowTheBond() public {
        _report(5, 1);
        assertLt(collateral.stakes(1).free, BOND);
        assertEq(collateral.coveredCapacity(1), 0);
    }

    function test_AFailedProviderCoversNothing() public {
        _stake(1_000);
        assertEq(collateral.coveredCapacity(1), 100);
        _strike(5, 3);
        assertEq(collateral.coveredCapacity(1), 100);
        _strike(8, 1);
        assertTrue(collateral.hasFailed(1));
        assertEq(collateral.coveredCapacity(1), 0);
    }

    function test_WithoutACapacityBondAllIsCovered() public {
        CollateralParams memory params = _params();
        params.capacityBond = 0;
        Collateral free = _newCollateral(params);
        assertEq(free.coveredCapacity(1), type(uint32).max);
    }

    function _bonded(uint256 remaining, uint256 needed) private view returns (bytes memory) {
        uint32 capacity = registry.capacityOf1();
        return abi.encodeWithSelector(ICollateral.Collateral_CapacityBonded.selector, 1, capacity, remaining, needed);
    }

    function test_RevertWhen_UnbondingWhatCapacityNeeds() public {
        _stake(57);
        registry.setCapacity(5);
        vm.startPrank(operator);
        vm.expectRevert(_bonded(BOND + 49, BOND + 50));
        collateral.requestUnbond(1, 8);
        collateral.requestUnbond(1, 7);
        vm.expectRevert(_bonded(BOND + 49, BOND + 50));
        collateral.requestUnbond(1, 1);
        // Neither bond nor duties bind more than that.
        vm.expectRevert(_bonded(0, BOND + 50));
        collateral.requestUnbond(1, BOND + 50);
        registry.setCapacity(4);
        collateral.requestUnbond(1, 10);
        registry.setCapacity(0);
        collateral.requestUnbond(1, BOND + 40);
        vm.stopPrank();
        assertEq(collateral.stakes(1).free, 0);
    }

    function test_LockedStakeCountsForWhatCapacityNeeds() public {
        _stake(100);
        _lock(60);
        registry.setCapacity(8);
        vm.startPrank(operator);
        vm.expectRevert(_bonded(BOND + 79, BOND + 80));
        collateral.requestUnbond(1, 21);
        collateral.requestUnbond(1, 20);
        registry.setCapacity(1);
        // The bond stays free, whatever is locked.
        bytes4 err = ICollateral.Collateral_InsufficientStake.selector;
        vm.expectRevert(abi.encodeWithSelector(err, 1, 20, 21));
        collateral.requestUnbond(1, 21);
        collateral.requestUnbond(1, 20);
        vm.stopPrank();
    }

    function test_TheMostThatCanBeDeclaredDoesNotOverflow() public {
        registry.setCapacity(type(uint32).max);
        uint256 needed = BOND + uint256(type(uint32).max) * CAPACITY_BOND;
        vm.expectRevert(_bonded(BOND - 1, needed));
        vm.prank(operator);
        collateral.requestUnbond(1, 1);
    }

    /// @dev What covers a capacity is exactly what cannot be asked for.
    function testFuzz_CoverAndUnbondingAgree(uint96 staked, uint96 locked, uint32 capacity, uint96 amount) public {
        _stake(bound(staked, 1, 1e12));
        _lock(bound(locked, 0, collateral.lockableOf(1)));
        capacity = uint32(bound(capacity, 0, collateral.coveredCapacity(1)));
        registry.setCapacity(capacity);
        amount = uint96(bound(amount, 1, collateral.stakes(1).free));
        vm.prank(operator);
        try collateral.requestUnbond(1, amount) {
            assertGe(collateral.coveredCapacity(1), capacity);
        } catch (bytes memory reason) {
            if (bytes4(reason) == ICollateral.Collateral_InsufficientStake.selector) return;
            ICollateral.Stake memory current = collateral.stakes(1);
            uint256 remaining = uint256(current.free) + current.locked - amount;
            assertEq(reason, _bonded(remaining, BOND + capacity * CAPACITY_BOND));
            assertLt(remaining, BOND + capacity * CAPACITY_BOND);
        }
    }
}
