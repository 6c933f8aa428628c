// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {ProofFixture} from "../support/ProofFixture.sol";

/// @dev Found by test/contracts/invariant, property 48: planning the next stretch took back what was left of the present one.
contract PossessionProofsMaintenanceStandsTest is ProofFixture {
    function test_RevertWhen_TheStretchGoesOn() public {
        _addHollow(PROVIDER, 4);
        uint32 from = _openNext() + 1;
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, from, 3);

        for (uint32 period = from; period < from + 3; ++period) {
            _open(period);
            vm.expectRevert(
                abi.encodeWithSelector(
                    IPossessionProofs.PossessionProofs_MaintenanceRunning.selector,
                    PROVIDER,
                    from + 3
                )
            );
            vm.prank(operator);
            proofs.declareMaintenance(PROVIDER, from + 10, 3);
        }

        _open(from + 3);
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, from + 10, 3);
        // Only the period before the stretch was missed.
        assertEq(collateral.strikeCount(), 1);
    }
}
