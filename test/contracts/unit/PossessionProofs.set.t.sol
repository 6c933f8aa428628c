// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {ProofFixture} from "../support/ProofFixture.sol";
import {SharedProof} from "../support/SharedProof.sol";

/// @notice The set that a period's leaves are drawn from: add, remove, concede, and what they leave alone.
contract PossessionProofsSetTest is ProofFixture {
    /// @dev Provider, leaves and units at the opening, in storage slot 0 of the contract's mapping of duties.
    function _dutySlot(uint32 provider) private pure returns (bytes32) {
        return keccak256(abi.encode(provider, uint256(0)));
    }

    function _agreementsOf(IPossessionProofs.Draw[] memory list) private pure returns (uint64[] memory ids) {
        ids = new uint64[](list.length);
        for (uint256 i; i < list.length; ++i) {
            ids[i] = list[i].agreement;
        }
    }

    /// @dev All but `conceded`, which is what may change.
    function _fingerprint(IPossessionProofs.Draw[] memory list) private pure returns (bytes32 hash) {
        for (uint256 i; i < list.length; ++i) {
            hash = keccak256(abi.encode(hash, list[i].agreement, list[i].root, list[i].leaf, list[i].depth));
        }
    }

    // -------------------------------------------------------------------- add

    function test_RevertWhen_AnyoneElseAdds() public {
        vm.prank(makeAddr("stranger"));
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NotAgreements.selector, makeAddr("stranger"))
        );
        proofs.add(PROVIDER, bytes32(uint256(1)), 1, 1);
    }

    function test_RevertWhen_TheUnitsNoLongerFit() public {
        _addHollow(PROVIDER, type(uint32).max - 1);
        bytes memory full = abi.encodeWithSelector(IPossessionProofs.PossessionProofs_ProviderFull.selector, PROVIDER);
        vm.expectRevert(full);
        proofs.add(PROVIDER, 0, 2, 1);
        _addHollow(PROVIDER, 1);
        vm.expectRevert(full);
        proofs.add(PROVIDER, 0, 1, 1);
        _remove(_id(PROVIDER, 1), false);
        _addHollow(PROVIDER, 1);
    }

    function test_RevertWhen_TheLeavesAreUsedUp() public {
        // No leaf is used twice: four billion are.
        vm.store(address(proofs), _dutySlot(PROVIDER), bytes32(uint256(type(uint32).max) << 128));
        assertEq(proofs.duties(PROVIDER).leaves, type(uint32).max);
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_ProviderFull.selector, PROVIDER));
        proofs.add(PROVIDER, 0, 1, 1);
    }

    function _assertAdded(bytes32 root, uint32 units, uint128 rent, uint32 leaf, uint32 held) private {
        (uint32 leaf_, uint32 held_) = proofs.add(PROVIDER, root, units, rent);
        assertEq(leaf_, leaf);
        assertEq(held_, held);
    }

    function test_AddsForTheNextPeriod() public {
        _assertAdded(bytes32(uint256(7)), 5, 9, 0, 5);
        _assertAdded(bytes32(uint256(8)), 6, 10, 1, 11);
        assertEq(proofs.rootOf(_id(PROVIDER, 0)), bytes32(uint256(7)));
        assertEq(proofs.rootOf(_id(PROVIDER, 1)), bytes32(uint256(8)));
        assertEq(proofs.unitsOf(_id(PROVIDER, 0)), 5);
        assertEq(proofs.unitsOf(_id(PROVIDER, 1)), 6);
        assertEq(proofs.unitsOf(_id(PROVIDER, 2)), 0);

        IPossessionProofs.Duty memory duty = proofs.duties(PROVIDER);
        assertEq(duty.units, 11);
        assertEq(duty.unitsAtOpen, 0);
        assertEq(duty.touched, 1);
        assertEq(duty.leaves, 2);
        assertEq(duty.leavesAtOpen, 0);
        assertEq(duty.rent, 19);
        assertEq(duty.rentAtOpen, 0);
        assertEq(duty.lastProven, 0);
        assertFalse(duty.failed);
        assertEq(proofs.draws(PROVIDER).length, 0, "nothing is owed in the period of forming");
        _openNext();
        assertEq(proofs.draws(PROVIDER).length, DRAWS);
    }

    function test_FirstAgreementLateInTheMarketOwesNothingBefore() public {
        _open(9);
        _addHollow(PROVIDER, 1);
        assertEq(proofs.duties(PROVIDER).resolvedThrough, 8);
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
        _openNext();
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
        assertEq(collateral.strikeCount(), 0);
    }

    function test_LastBlockAndFirstBlockOfAPeriod() public {
        vm.roll(proofs.openingBlock(2) - 1);
        _addHollow(PROVIDER, 1);
        vm.roll(proofs.openingBlock(2));
        _addHollow(PROVIDER, 1_000_000);
        _open(2);
        uint64[] memory ids = _agreementsOf(proofs.draws(PROVIDER));
        for (uint256 i; i < DRAWS; ++i) {
            assertEq(ids[i], _id(PROVIDER, 0), "the opening block already belongs to the period");
        }
    }

    function test_RevertWhen_PeriodZeroIsAskedFor() public {
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_WrongPeriod.selector, 0, 1));
        proofs.openingBlock(0);
    }

    // ----------------------------------------------------------------- remove

    function test_RevertWhen_AnyoneElseRemoves() public {
        uint64 agreement = _addHollow(PROVIDER, 1);
        vm.prank(makeAddr("stranger"));
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NotAgreements.selector, makeAddr("stranger"))
        );
        proofs.remove(agreement, 1, false);
    }

    function test_RevertWhen_TheLeafIsUnknown() public {
        uint64 agreement = _addHollow(PROVIDER, 1);
        uint64[3] memory unknown = [_id(PROVIDER, 1), _id(PROVIDER + 1, 0), _id(PROVIDER, type(uint32).max)];
        for (uint256 i; i < 3; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IPossessionProofs.PossessionProofs_UnknownLeaf.selector, unknown[i])
            );
            proofs.remove(unknown[i], 0, false);
        }
        _remove(agreement, false);
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_UnknownLeaf.selector, agreement));
        proofs.remove(agreement, 0, false);
    }

    function test_RemovesFromTheNextPeriodOn() public {
        uint64 gone = _add(PROVIDER, 2);
        uint64 kept = _add(PROVIDER, 1);
        _openNext();
        bytes32 before = _fingerprint(proofs.draws(PROVIDER));
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.UnitsRemoved(PROVIDER, gone, 2, 2 * RENT);
        _remove(gone, false);
        assertEq(proofs.unitsOf(gone), 0);
        assertTrue(proofs.rootOf(gone) != 0, "its root stays");
        assertEq(proofs.duties(PROVIDER).units, 1);
        assertEq(proofs.duties(PROVIDER).rent, RENT);
        assertEq(_fingerprint(proofs.draws(PROVIDER)), before);
        _prove(PROVIDER);

        _openNext();
        uint64[] memory ids = _agreementsOf(proofs.draws(PROVIDER));
        for (uint256 i; i < DRAWS; ++i) {
            assertEq(ids[i], kept);
        }
        _prove(PROVIDER);
    }

    function test_EndedAgreementMustStillBeShownInItsLastPeriod() public {
        uint64 only = _add(PROVIDER, 1);
        _openNext();
        _remove(only, false);
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        assertEq(list.length, DRAWS);
        for (uint256 i; i < DRAWS; ++i) {
            assertFalse(list[i].conceded);
        }
        uint32 now_ = _period();
        vm.expectRevert(_wrongLength(0, SharedProof.lengthOf(list)));
        proofs.prove(PROVIDER, now_, "");
        _prove(PROVIDER);
        _openNext();
        assertEq(proofs.draws(PROVIDER).length, 0);
    }

    // ---------------------------------------------------------------- concede

    function test_ConcededAgreementNeedNotBeShown() public {
        uint64 lost = _add(PROVIDER, 3);
        uint64 kept = _add(PROVIDER, 3);
        _openNext();
        bytes32 before = _fingerprint(proofs.draws(PROVIDER));
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.UnitsRemoved(PROVIDER, lost, 3, 3 * RENT);
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.LossConceded(PROVIDER, lost);
        _remove(lost, true);

        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        assertEq(_fingerprint(list), before, "the draws are the same");
        for (uint256 i; i < DRAWS; ++i) {
            assertEq(list[i].conceded, list[i].agreement == lost);
            assertTrue(list[i].agreement == lost || list[i].agreement == kept);
        }
        _prove(PROVIDER);
        assertTrue(proofs.isProven(PROVIDER, _period()));
    }

    function test_AllConcededLeavesAnEmptyProof() public {
        uint64 lost = _add(PROVIDER, 1);
        uint32 now_ = _openNext();
        _remove(lost, true);
        vm.expectRevert(_wrongLength(32, 0));
        proofs.prove(PROVIDER, now_, new bytes(32));
        proofs.prove(PROVIDER, now_, "");
        assertTrue(proofs.isProven(PROVIDER, now_));
    }

    function test_ConcedingOneDoesNotExcuseAnother() public {
        uint64 lost = _add(PROVIDER, 1);
        uint64 ended = _add(PROVIDER, 1);
        _openNext();
        _remove(lost, true);
        _remove(ended, false);
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        for (uint256 i; i < DRAWS; ++i) {
            assertEq(list[i].conceded, list[i].agreement == lost);
        }
        _prove(PROVIDER);
    }

    /// @dev An agreement that ended cannot be conceded afterwards to get its lost leaf out of the draw.
    function test_RevertWhen_ConcededAfterItEnded() public {
        uint64 only = _add(PROVIDER, 1);
        _openNext();
        _remove(only, false);
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_UnknownLeaf.selector, only));
        proofs.remove(only, 0, true);
        assertFalse(proofs.draws(PROVIDER)[0].conceded);
    }

    // ---------------------------------------------------------- redraw attack

    /// @dev The provider and its friends form, end and concede as they like within a period: what it asks for stays.
    function testFuzz_NothingDoneInAPeriodChangesItsDraws(uint256 seed, uint8 start) public {
        uint256 leaves;
        for (; leaves < (uint256(start) % 60) + 1; ++leaves) {
            _addHollow(PROVIDER, uint32((uint256(keccak256(abi.encode(seed, leaves))) % 5_000) + 1));
        }
        // Endings in the period before leave copies behind that must not show.
        for (uint256 i; i < 3; ++i) {
            _removeIfThere(_id(PROVIDER, uint256(keccak256(abi.encode(seed, "early", i))) % leaves), false);
        }
        if (proofs.duties(PROVIDER).units == 0) return;
        _openNext();
        bytes32 before = _fingerprint(proofs.draws(PROVIDER));
        for (uint256 i; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 3 == 0) {
                _addHollow(PROVIDER, uint32(((seed >> 8) % 100_000) + 1));
                ++leaves;
            } else {
                _removeIfThere(_id(PROVIDER, (seed >> 8) % leaves), seed % 3 == 1);
            }
            assertEq(_fingerprint(proofs.draws(PROVIDER)), before);
        }
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        for (uint256 i; i < list.length; ++i) {
            assertEq(list[i].conceded, concededOf[list[i].agreement]);
        }
    }

    mapping(uint64 => bool) private concededOf;

    function _removeIfThere(uint64 agreement, bool conceded) private {
        if (proofs.unitsOf(agreement) == 0) return;
        _remove(agreement, conceded);
        concededOf[agreement] = conceded;
    }

    /// @dev Draws fall into agreements in proportion to their units.
    function test_DrawsFollowTheUnits() public {
        uint32[4] memory units = [uint32(1), 10, 100, 889];
        for (uint256 i; i < 4; ++i) {
            _addHollow(PROVIDER, units[i]);
        }
        uint256[4] memory hits;
        uint256 periods = 250;
        for (uint256 i; i < periods; ++i) {
            _openNext();
            IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
            for (uint256 j; j < DRAWS; ++j) {
                uint256 leaf = uint32(list[j].agreement);
                assertLt(list[j].leaf, uint256(units[leaf]) * 1024);
                ++hits[leaf];
            }
        }
        // 1,000 draws, five standard deviations each way.
        assertLt(hits[0], 7);
        assertLt(hits[1], 27);
        assertGt(hits[2], 52);
        assertLt(hits[2], 148);
        assertGt(hits[3], 839);
    }
}
