// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofFixture} from "../support/ProofFixture.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract PossessionProofsMutantsTest is ProofFixture {
    uint32 private constant UNITS = 5;
    uint256 private constant LEAVES_PER_UNIT = 1_024;

    function test_ProofsMayHaveSixtyFourDraws() public {
        assertEq(_deployWith(64).drawCount(), 64);
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_InvalidParams.selector, "drawCount"));
        _deployWith(65);
    }

    /// @dev The error names the draw, what its path leads to, and the root that it should have led to.
    function test_AWrongRootIsNamedBesideTheRightOne() public {
        uint64 agreement = _add(PROVIDER, 1);
        uint32 period = _openNext();
        bytes memory proof = _proofFor(proofs.draws(PROVIDER));
        proof[0] ^= 0x01;
        (bool done, bytes memory answer) = address(proofs).call(
            abi.encodeCall(IPossessionProofs.prove, (PROVIDER, period, proof))
        );
        assertFalse(done);
        assertEq(bytes4(answer), IPossessionProofs.PossessionProofs_WrongRoot.selector);
        (uint256 draw, bytes32 node, bytes32 expected) = abi.decode(_arguments(answer), (uint256, bytes32, bytes32));
        assertEq(draw, 0);
        assertEq(expected, proofs.rootOf(agreement));
        assertNotEq(node, expected);
    }

    function _arguments(bytes memory answer) private pure returns (bytes memory arguments) {
        arguments = new bytes(answer.length - 4);
        for (uint256 i; i < arguments.length; ++i) {
            arguments[i] = answer[i + 4];
        }
    }

    /// @dev Who adds or removes names nobody for the report fee.
    function test_MissesFoundOnTheWayAreNobodysReport() public {
        uint64 agreement = _addHollow(PROVIDER, UNITS);
        _open(_period() + 2);
        _addHollow(PROVIDER, UNITS);
        _assertLast(0, 1);
        _open(_period() + 2);
        _remove(agreement, false);
        _assertLast(0, 2);
        _open(_period() + 2);
        proofs.count(agreement, 1, 2);
        _assertLast(0, 3);
        _open(_period() + 2);
        proofs.recordMisses(PROVIDER, 5);
        _assertLast(5, 4);
    }

    function _assertLast(uint32 reporter, uint256 strikes) private view {
        assertEq(collateral.lastReporter(), reporter);
        assertEq(collateral.strikeCount(), strikes);
    }

    /// @dev Whatever it holds: the record of it stands beside its units.
    function test_OnlyWhoDeclaredMaintenanceIsMaintained() public {
        _addHollow(PROVIDER, UNITS);
        assertFalse(proofs.duties(PROVIDER).maintained);
        _addHollow(PROVIDER, (1 << 24) - UNITS);
        uint32 from = _period() + 1;
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, from, 2);
        assertTrue(proofs.duties(PROVIDER).maintained);
        _open(from + 2);
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NothingMissed.selector, PROVIDER));
        proofs.recordMisses(PROVIDER, 5);
    }

    /// @dev In the very period in which a stretch begins it counts as begun.
    function test_RevertWhen_AStretchFollowsOneThatBeginsNow() public {
        uint32 from = _period() + 1;
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, from, 2);
        _open(from);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPossessionProofs.PossessionProofs_MaintenanceTooSoon.selector,
                PROVIDER,
                from + 1,
                from + 10
            )
        );
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, from + 1, 1);
    }

    function test_DeclaredMaintenanceIsAnnounced() public {
        uint32 from = _period() + 2;
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.MaintenanceDeclared(PROVIDER, from, from + 3);
        vm.prank(operator);
        proofs.declareMaintenance(PROVIDER, from, 3);
    }

    /// @dev A tool that is not a contract must find the same leaves: the formula is part of the interface.
    function test_DrawsFollowTheFormula() public {
        uint64 agreement = _addHollow(PROVIDER, UNITS);
        uint32 period = _openNext();
        uint256 hash = uint256(_hashOf(proofs.openingBlock(period)));
        bytes32 seed = bytes32(((hash >> 32) << 32) | period);
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        assertEq(list.length, DRAWS);
        for (uint256 i; i < DRAWS; ++i) {
            bytes memory drawn = abi.encode(seed, block.chainid, address(proofs), PROVIDER, period, i);
            assertEq(list[i].agreement, agreement);
            assertEq(list[i].leaf, uint256(keccak256(drawn)) % (UNITS * LEAVES_PER_UNIT));
        }
    }
}
