// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {CollateralFixture} from "../support/CollateralFixture.sol";

contract CollateralStrikeTest is CollateralFixture {
    function test_RevertWhen_CallerIsNotTheProofs() public {
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NotAMarketContract.selector, agreements));
        vm.prank(agreements);
        collateral.strike(1, 1, 1, 0);
    }

    function test_ClimbsTheLadder() public {
        uint64[4] memory left = [uint64(0.99e18), 0.9405e18, 0.705375e18, 0];
        for (uint32 i = 0; i < 4; ++i) {
            uint32 period = 10 + i * HEAL;
            uint8 strikes = i == 3 ? 255 : uint8(i + 1);
            vm.expectEmit();
            emit ICollateral.Struck(1, period, strikes, left[i]);
            if (i == 3) {
                vm.expectEmit();
                emit ICollateral.ProviderFailed(1, period);
            }
            assertEq(_strike(period, 1), i == 3);
            assertEq(collateral.stakes(1).strikes, strikes);
            assertEq(collateral.stakes(1).lastMiss, period);
            assertEq(collateral.hasFailed(1), i == 3);
            assertEq(collateral.remainingOf(1, 10, period, WHOLE), i == 0 ? WHOLE : left[i - 1]);
            assertEq(collateral.remainingOf(1, 10, period + 1, WHOLE), left[i]);
        }
    }

    function test_HealsAfterTheWindow() public {
        _strike(10, 3);
        assertEq(collateral.stakes(1).strikes, 3);
        _strike(12 + HEAL + 1, 1);
        assertEq(collateral.stakes(1).strikes, 1);
        assertEq(collateral.remainingOf(1, 1, 100, WHOLE), (0.705375e18 * 99) / 100);
    }

    function test_DoesNotHealInsideTheWindow() public {
        _strike(10, 3);
        assertTrue(_strike(12 + HEAL, 1));
    }

    function test_RunOfMissesCostsTheSameHoweverLong() public {
        vm.prank(address(registry));
        collateral.lockBond(2, operator);
        vm.prank(address(proofs));
        uint256 gasBefore = gasleft();
        collateral.strike(1, 10, 4, 0);
        uint256 four = gasBefore - gasleft();
        vm.prank(address(proofs));
        gasBefore = gasleft();
        collateral.strike(2, 10, type(uint32).max, 0);
        assertLe(gasBefore - gasleft(), four);
        assertTrue(collateral.hasFailed(2));
        assertEq(collateral.stakes(2).lastMiss, 13);
    }

    function test_LastPeriodsDoNotOverflow() public {
        assertTrue(_strike(type(uint32).max - 3, 4));
        assertEq(collateral.stakes(1).lastMiss, type(uint32).max);
    }

    function test_FailedProviderIsLeftAlone() public {
        _strike(10, 4);
        vm.recordLogs();
        assertTrue(_strike(14, 1));
        assertTrue(_strike(1000, 9));
        assertEq(vm.getRecordedLogs().length, 0);
        assertEq(collateral.stakes(1).lastMiss, 13);
    }

    function test_StrikesOneProviderOnly() public {
        _strike(10, 2);
        assertEq(collateral.remainingOf(2, 1, 100, WHOLE), WHOLE);
        assertEq(collateral.stakes(2).strikes, 0);
    }

    /// Healed misses alone wear a provider out before its index is too coarse to divide by.
    function test_ManyHealedMissesFailForGood() public {
        uint32 period = 1;
        uint256 misses;
        while (!collateral.hasFailed(1)) {
            _strike(period, 1);
            period += HEAL + 1;
            ++misses;
        }
        assertEq(misses, 2062);
        assertEq(collateral.remainingOf(1, 1, period, WHOLE), 0);
        assertGe(collateral.remainingOf(1, 1, period - HEAL - 1, WHOLE), 1e9);
    }

    function testFuzz_RemainingFollowsThePlainProduct(uint256 seed) public {
        uint256[60] memory index; // before period i
        uint16[4] memory ladder = collateral.ladderBps();
        uint256 current = WHOLE;
        uint256 strikes;
        uint256 lastMiss;
        for (uint32 period = 1; period < 59; ++period) {
            index[period] = current;
            if (uint256(keccak256(abi.encode(seed, period))) % 7 == 0 && current != 0) {
                _strike(period, 1);
                if (period - lastMiss > HEAL) strikes = 0;
                current = (current * (10_000 - ladder[strikes])) / 10_000;
                ++strikes;
                lastMiss = period;
            }
        }
        index[59] = current;

        uint256 amount = uint96(seed);
        for (uint32 start = 1; start < 59; start += 3) {
            for (uint32 to = start; to < 60; ++to) {
                uint256 expected = index[start] == 0 ? amount : (amount * index[to]) / index[start];
                assertEq(collateral.remainingOf(1, start, to, amount), expected);
            }
        }
    }
}
