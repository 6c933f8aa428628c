// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PossessionProofs} from "../../../contracts/PossessionProofs.sol";
import {ProofParams} from "../../../contracts/possession/ProofStore.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";
import {FakeReputation} from "../../../contracts/mocks/ProofFakes.sol";
import {ProofFixture} from "../support/ProofFixture.sol";
import {SharedProof} from "../support/SharedProof.sol";

contract PossessionProofsProveTest is ProofFixture {
    uint32 private _now;
    bytes private _proof;

    function setUp() public override {
        super.setUp();
        _add(PROVIDER, 1);
        _add(PROVIDER, 3);
        _now = _openNext();
        _proof = _proofFor(proofs.draws(PROVIDER));
    }

    function _expected() private view returns (uint256) {
        return SharedProof.lengthOf(proofs.draws(PROVIDER));
    }

    // ----------------------------------------------------------- construction

    function _expectInvalid(ProofParams memory params, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IPossessionProofs.PossessionProofs_InvalidParams.selector, field));
        new PossessionProofs(
            params,
            randomness,
            INodeRegistry(address(this)),
            ICollateral(address(collateral)),
            IReputation(address(reputation)),
            address(this)
        );
    }

    function test_RevertWhen_ParametersMakeNoSense() public {
        uint64 future = uint64(block.number) + 1;
        _expectInvalid(ProofParams(future, 1, 1, 0, 1), "genesisBlock");
        _expectInvalid(ProofParams(1, 0, 1, 0, 1), "periodBlocks");
        _expectInvalid(ProofParams(1, 1, 0, 0, 1), "drawCount");
        _expectInvalid(ProofParams(1, 1, 65, 0, 1), "drawCount");
        _expectInvalid(ProofParams(1, 1, 1, 1, 1), "maintenanceCycle");
    }

    function test_KeepsItsParameters() public view {
        assertEq(proofs.genesisBlock(), GENESIS);
        assertEq(proofs.periodBlocks(), PERIOD_BLOCKS);
        assertEq(proofs.drawCount(), DRAWS);
        assertEq(address(proofs.randomness()), address(randomness));
        assertEq(address(proofs.collateral()), address(collateral));
        assertEq(address(proofs.reputation()), address(reputation));
        assertEq(proofs.agreements(), address(this));
    }

    // -------------------------------------------------------------- reverting

    function test_RevertWhen_TheProofHasLengthZero() public {
        vm.expectRevert(_wrongLength(0, _expected()));
        proofs.prove(PROVIDER, _now, "");
    }

    function test_RevertWhen_TheProofIsTheRoot() public {
        // A leaf that is the root, with no path above it.
        bytes32 root = proofs.rootOf(_id(PROVIDER, 0));
        vm.expectRevert(_wrongLength(32, _expected()));
        proofs.prove(PROVIDER, _now, abi.encodePacked(root));
        vm.expectRevert(_wrongLength(64, _expected()));
        proofs.prove(PROVIDER, _now, abi.encodePacked(root, root));
    }

    function test_RevertWhen_TheProofIsShorterOrLonger() public {
        uint256 length = _proof.length;
        assertEq(length, _expected());
        int256[6] memory changes = [int256(-1), -32, -64, 1, 32, 64];
        for (uint256 i; i < changes.length; ++i) {
            bytes memory other = new bytes(uint256(int256(length) + changes[i]));
            for (uint256 j; j < other.length && j < length; ++j) {
                other[j] = _proof[j];
            }
            vm.expectRevert(_wrongLength(other.length, length));
            proofs.prove(PROVIDER, _now, other);
        }
    }

    /// @dev Cut where a draw's path ends, so that all that is there is right.
    function test_RevertWhen_OnlySomeOfTheDrawsAreShown() public {
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        for (uint256 shown; shown < DRAWS; ++shown) {
            IPossessionProofs.Draw[] memory some = new IPossessionProofs.Draw[](shown);
            for (uint256 i; i < shown; ++i) {
                some[i] = list[i];
            }
            bytes memory cut = _proofFor(some);
            vm.expectRevert(_wrongLength(cut.length, _proof.length));
            proofs.prove(PROVIDER, _now, cut);
        }
        proofs.prove(PROVIDER, _now, _proofFor(list));
    }

    function test_RevertWhen_ADrawIsShownTwice() public {
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        bytes memory more = bytes.concat(_proof, _pathFor(list[DRAWS - 1]));
        vm.expectRevert(_wrongLength(more.length, _proof.length));
        proofs.prove(PROVIDER, _now, more);
    }

    /// @dev An inner node passed off as the first draw's leaf, its path one level short: the depth that the units give is one more.
    function test_RevertWhen_AnInnerNodeIsPassedOffAsALeaf() public {
        IPossessionProofs.Draw memory first = proofs.draws(PROVIDER)[0];
        bytes memory path = _pathFor(first);
        bytes32 leafHash = sha256(_slice(path, 0, 64));
        bytes32 sibling = bytes32(_slice(path, 64, 96));
        bytes memory short = bytes.concat(
            first.leaf % 2 == 0 ? abi.encodePacked(leafHash, sibling) : abi.encodePacked(sibling, leafHash),
            _slice(path, 96, path.length)
        );
        bytes memory rest = _slice(_proof, path.length, _proof.length);
        bytes memory other = bytes.concat(short, rest);
        vm.expectRevert(_wrongLength(other.length, _expected()));
        proofs.prove(PROVIDER, _now, other);
        // Filled up to the right length, it leads elsewhere.
        other = bytes.concat(short, new bytes(32), rest);
        _expectWrongRoot();
        proofs.prove(PROVIDER, _now, other);
    }

    function _slice(bytes memory data, uint256 from, uint256 to) private pure returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) {
            part[i - from] = data[i];
        }
    }

    function test_RevertWhen_TheNeighbouringLeafIsShown() public {
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        list[DRAWS - 1].leaf ^= 1;
        bytes memory other = _proofFor(list);
        vm.expectRevert();
        proofs.prove(PROVIDER, _now, other);
        list[DRAWS - 1].leaf ^= 1;
        proofs.prove(PROVIDER, _now, _proofFor(list));
    }

    function test_RevertWhen_TheDrawsAreInAnotherOrder() public {
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        (list[0], list[1]) = (list[1], list[0]);
        bytes memory other = _proofFor(list);
        assertTrue(keccak256(other) != keccak256(_proof));
        vm.expectRevert();
        proofs.prove(PROVIDER, _now, other);
    }

    function test_RevertWhen_AnotherProvidersProof() public {
        // The same shards at another provider: same roots, other draws.
        vm.roll(proofs.openingBlock(_now + 1) - 1);
        for (uint256 leaf; leaf < 2; ++leaf) {
            proofs.add(PROVIDER + 1, proofs.rootOf(_id(PROVIDER, leaf)), uint32(unitsAdded[_id(PROVIDER, leaf)]), 1);
        }
        _open(_now + 1);
        bytes memory proof = _proofFor(proofs.draws(PROVIDER));
        vm.expectRevert();
        proofs.prove(PROVIDER + 1, _now + 1, proof);
        proofs.prove(PROVIDER, _now + 1, proof);
    }

    function test_RevertWhen_AnotherPeriodsProof() public {
        _open(_now + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_WrongPeriod.selector, _now, _now + 1)
        );
        proofs.prove(PROVIDER, _now, _proof);
        vm.expectRevert();
        proofs.prove(PROVIDER, _now + 1, _proof);
    }

    function test_RevertWhen_ThePeriodIsAhead() public {
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_WrongPeriod.selector, _now + 1, _now)
        );
        proofs.prove(PROVIDER, _now + 1, _proof);
    }

    function test_RevertWhen_AnotherChainsProof() public {
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        proofs.prove(PROVIDER, _now, _proof);
    }

    function test_RevertWhen_AnotherContractsProof() public {
        PossessionProofs original = proofs;
        vm.roll(proofs.openingBlock(_now) - 1);
        PossessionProofs other = _deploy();
        other.add(PROVIDER, original.rootOf(_id(PROVIDER, 0)), 1, 1);
        other.add(PROVIDER, original.rootOf(_id(PROVIDER, 1)), 3, 1);
        _open(_now);
        vm.expectRevert();
        other.prove(PROVIDER, _now, _proof);
        original.prove(PROVIDER, _now, _proof);
    }

    function test_RevertWhen_SubmittedTwice() public {
        proofs.prove(PROVIDER, _now, _proof);
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_AlreadyProven.selector, PROVIDER, _now)
        );
        proofs.prove(PROVIDER, _now, _proof);
        assertEq(reputation.goodRent(PROVIDER), 4 * RENT, "counted once");
    }

    function test_RevertWhen_NothingIsOwed() public {
        bytes memory expected = abi.encodeWithSelector(
            IPossessionProofs.PossessionProofs_NothingToProve.selector,
            PROVIDER + 1,
            _now
        );
        vm.expectRevert(expected);
        proofs.prove(PROVIDER + 1, _now, "");
        // Nor for what was added in this very period.
        _add(PROVIDER + 1, 1);
        vm.expectRevert(expected);
        proofs.prove(PROVIDER + 1, _now, "");
        assertEq(proofs.draws(PROVIDER + 1).length, 0);
    }

    function test_RevertWhen_TheOpeningBlockIsNotOver() public {
        uint256 opening = proofs.openingBlock(_now + 1);
        vm.roll(opening);
        assertEq(_period(), _now + 1);
        assertEq(proofs.draws(PROVIDER).length, 0);
        vm.expectRevert(
            abi.encodeWithSelector(IPossessionProofs.PossessionProofs_NoSeedYet.selector, _now + 1, opening)
        );
        proofs.prove(PROVIDER, _now + 1, _proof);
    }

    function testFuzz_RevertWhen_OneBitIsFlipped(uint256 index, uint8 bit) public {
        bytes memory other = _proof;
        index = index % other.length;
        other[index] = bytes1(uint8(other[index]) ^ uint8(1 << (bit % 8)));
        _expectWrongRoot();
        proofs.prove(PROVIDER, _now, other);
    }

    function testFuzz_RevertWhen_PartsAreSwapped(uint256 first, uint256 second) public {
        bytes memory other = _proof;
        first = (first % (other.length / 32)) * 32;
        second = (second % (other.length / 32)) * 32;
        for (uint256 i; i < 32; ++i) {
            (other[first + i], other[second + i]) = (other[second + i], other[first + i]);
        }
        if (keccak256(other) == keccak256(_proof)) return;
        _expectWrongRoot();
        proofs.prove(PROVIDER, _now, other);
    }

    /// @dev A hash that fails for want of gas must not let a wrong proof through.
    function test_RevertWhen_WrongProofWithAnyGas() public {
        bytes memory other = _proof;
        other[0] ^= 0x01;
        bytes memory call_ = abi.encodeCall(proofs.prove, (PROVIDER, _now, other));
        for (uint256 gasLimit = 20_000; gasLimit < 140_000; gasLimit += 317) {
            (bool ok, ) = address(proofs).call{gas: gasLimit}(call_);
            assertFalse(ok);
        }
    }

    // -------------------------------------------------------------- accepting

    function test_ProvesForAnyone() public {
        address submitter = makeAddr("stranger");
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.PeriodProven(PROVIDER, _now, submitter, 4 * RENT);
        vm.expectEmit(address(reputation));
        emit FakeReputation.Proven(PROVIDER, _now, 4 * RENT);
        vm.prank(submitter);
        proofs.prove(PROVIDER, _now, _proof);

        assertTrue(proofs.isProven(PROVIDER, _now));
        assertFalse(proofs.isProven(PROVIDER, _now - 1));
        assertFalse(proofs.isProven(PROVIDER, _now + 1));
        assertFalse(proofs.isProven(PROVIDER + 1, _now));
        IPossessionProofs.Duty memory duty = proofs.duties(PROVIDER);
        assertEq(duty.lastProven, _now);
        assertEq(duty.resolvedThrough, _now);
        assertEq(proofs.unrecordedMisses(PROVIDER), 0);
    }

    function test_ProvesInTheLastBlockOfThePeriod() public {
        _rollTo(proofs.openingBlock(_now + 1) - 1);
        _prove(PROVIDER);
        assertTrue(proofs.isProven(PROVIDER, _now));
    }

    function test_RentIsThatOfTheOpening() public {
        _addHollow(PROVIDER, 100);
        _remove(_id(PROVIDER, 0), false);
        proofs.prove(PROVIDER, _now, _proof);
        assertEq(reputation.goodRent(PROVIDER), 4 * RENT);
    }

    function test_ProvesPeriodAfterPeriod() public {
        proofs.prove(PROVIDER, _now, _proof);
        for (uint256 i; i < 4; ++i) {
            _openNext();
            _prove(PROVIDER);
        }
        assertEq(proofs.provenBetween(PROVIDER, 0, type(uint32).max), 5);
        assertEq(proofs.provenBetween(PROVIDER, _now, _now + 5), 5);
        assertEq(proofs.provenBetween(PROVIDER, _now + 1, _now + 3), 2);
        assertEq(proofs.provenBetween(PROVIDER, _now + 3, _now + 1), 0);
        assertEq(proofs.provenBetween(PROVIDER, 0, _now), 0);
        assertEq(collateral.strikeCount(), 0);
    }

    // ------------------------------------------------------------------- seed

    function test_FirstProofFixesTheSeedForEverybody() public {
        vm.roll(proofs.openingBlock(_now) - 1);
        _add(PROVIDER + 1, 2);
        _open(_now);
        bytes memory otherProof = _proofFor(proofs.draws(PROVIDER + 1));
        bytes32 seed = ((_hashOf(proofs.openingBlock(_now)) >> 32) << 32) | bytes32(uint256(_now));
        vm.expectEmit(address(proofs));
        emit IPossessionProofs.PeriodSeeded(_now, seed);
        proofs.prove(PROVIDER, _now, _proof);

        // 300 blocks on, another block's hash would serve: too late.
        _rollTo(proofs.openingBlock(_now) + 300);
        assertEq(_proofFor(proofs.draws(PROVIDER + 1)), otherProof);
        vm.recordLogs();
        proofs.prove(PROVIDER + 1, _now, otherProof);
        assertEq(vm.getRecordedLogs().length, 2, "proven, counted, not seeded again");
    }

    function test_SeedOfALaterBlockWhenNobodyCameIn256() public {
        _rollTo(proofs.openingBlock(_now) + 256);
        assertEq(_proofFor(proofs.draws(PROVIDER)), _proof);
        _rollTo(proofs.openingBlock(_now) + 257);
        assertTrue(keccak256(_proofFor(proofs.draws(PROVIDER))) != keccak256(_proof));
        vm.expectRevert();
        proofs.prove(PROVIDER, _now, _proof);
        _prove(PROVIDER);
    }

    /// @dev Anyone can deny a provider the wait for other draws.
    function test_SeedFixedByAnyoneInTime() public {
        vm.prank(makeAddr("stranger"));
        randomness.seedOf(proofs.openingBlock(_now));
        _rollTo(proofs.openingBlock(_now) + 300);
        proofs.prove(PROVIDER, _now, _proof);
    }

    function testFuzz_NoInfluenceOfTheSubmitter(
        address submitter,
        address coinbase,
        uint64 gasPrice,
        uint32 time
    ) public {
        vm.coinbase(coinbase);
        vm.txGasPrice(gasPrice);
        vm.warp(uint256(time) + 1);
        vm.prank(submitter, submitter);
        proofs.prove(PROVIDER, _now, _proof);
        assertTrue(proofs.isProven(PROVIDER, _now));
    }
}
