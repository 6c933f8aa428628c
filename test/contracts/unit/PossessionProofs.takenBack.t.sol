// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofFixture} from "../support/ProofFixture.sol";

/// @notice A stretch of maintenance that was taken back (declared again with no periods) never was.
contract PossessionProofsTakenBackTest is ProofFixture {
    function _declare(uint32 fromPeriod, uint32 periods) private {
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, fromPeriod, periods);
    }

    function test_LeavesTheNextStretchFree() public {
        uint32 first = _period() + 2;
        _declare(first, 3);
        _declare(first, 0);
        _rollTo(proofs.openingBlock(first + 1));
        _declare(first + 2, 3);
        assertEq(proofs.maintenanceOf(PROVIDER).lastFrom, 0);
        assertEq(proofs.maintenanceOf(PROVIDER).untilPeriod, first + 5);
    }

    function test_LeavesTheStretchBeforeInForce() public {
        uint32 first = _period() + 1;
        _declare(first, 1);
        _rollTo(proofs.openingBlock(first + 1));
        _declare(first + 10, 3);
        _declare(first + 10, 0);
        _rollTo(proofs.openingBlock(first + 11));
        _declare(first + 12, 3);
        assertEq(proofs.maintenanceOf(PROVIDER).lastFrom, first);
    }

    function test_PartsNoRunOfMisses() public {
        _addHollow(PROVIDER, 1);
        uint32 owed = _period() + 1;
        _declare(owed + 1, 3);
        _declare(owed + 1, 0);
        _rollTo(proofs.openingBlock(owed + 3));
        proofs.recordMisses(PROVIDER, 9);
        assertEq(collateral.strikeCount(), 1);
        (, uint32 from, uint32 count) = collateral.strikes(0);
        assertEq(from, owed);
        assertEq(count, 3);
    }
}
