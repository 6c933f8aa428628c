// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {BlockRandomness} from "../../../contracts/BlockRandomness.sol";
import {IRandomness} from "../../../contracts/interfaces/IRandomness.sol";
import {Anchors} from "../../../contracts/libraries/Anchors.sol";

contract BlockRandomnessTest is Test {
    uint256 private constant ASKED = 10_000;
    BlockRandomness private _randomness;

    function setUp() public {
        _randomness = new BlockRandomness();
    }

    /// @dev Gives the chain hashes for the 256 blocks before `current`, and for none before them.
    function _rollTo(uint256 current) private {
        vm.roll(current);
        for (uint256 i = 1; i <= 256; ++i) {
            vm.setBlockhash(current - i, _hashOf(current - i));
        }
    }

    function _hashOf(uint256 blockNumber) private pure returns (bytes32) {
        return keccak256(abi.encode("block", blockNumber));
    }

    function test_RevertWhen_TheBlockIsNotOver() public {
        vm.roll(ASKED);
        vm.expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NotYet.selector, ASKED, ASKED));
        _randomness.seedOf(ASKED);
        vm.expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NotYet.selector, ASKED + 1, ASKED));
        _randomness.seedOf(ASKED + 1);
        assertEq(_randomness.peekSeed(ASKED), 0);
        assertEq(_randomness.peekSeed(ASKED + 1), 0);
    }

    function test_RevertWhen_TheChainGivesNoHash() public {
        _rollTo(ASKED + 1);
        vm.setBlockhash(ASKED, 0);
        vm.expectRevert(abi.encodeWithSelector(IRandomness.Randomness_NoBlockHash.selector, ASKED));
        _randomness.seedOf(ASKED);
    }

    function test_AnchorsAroundTheWindow() public {
        // blocks after the one asked for => block whose hash serves, counted from the one asked for
        uint256[2][10] memory table = [
            [uint256(1), 0],
            [uint256(2), 0],
            [uint256(255), 0],
            [uint256(256), 0],
            [uint256(257), 256],
            [uint256(258), 256],
            [uint256(511), 256],
            [uint256(512), 256],
            [uint256(513), 512],
            [uint256(5000), 4864]
        ];
        for (uint256 i; i < table.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            _rollTo(ASKED + table[i][0]);
            bytes32 expected = _hashOf(ASKED + table[i][1]);
            assertEq(_randomness.peekSeed(ASKED), expected);
            vm.expectEmit(address(_randomness));
            emit IRandomness.SeedFixed(ASKED, ASKED + table[i][1], expected);
            assertEq(_randomness.seedOf(ASKED), expected);
            vm.revertToState(snapshot);
        }
    }

    function test_FixedForEverByTheFirstCall() public {
        _rollTo(ASKED + 100);
        bytes32 seed = _randomness.seedOf(ASKED);
        _rollTo(ASKED + 300);
        assertEq(_randomness.seedOf(ASKED), seed);
        assertEq(_randomness.peekSeed(ASKED), seed);
        vm.recordLogs();
        _randomness.seedOf(ASKED);
        assertEq(vm.getRecordedLogs().length, 0, "fixed once");
    }

    function testFuzz_NoInfluenceOfTheCaller(
        address caller,
        address coinbase,
        uint64 gasPrice,
        uint32 time,
        bytes32 prevrandao,
        uint64 value
    ) public {
        _rollTo(ASKED + 700);
        bytes32 expected = _hashOf(ASKED + 512);
        vm.coinbase(coinbase);
        vm.fee(0);
        vm.txGasPrice(gasPrice);
        vm.warp(uint256(time) + 1);
        vm.prevrandao(prevrandao);
        vm.deal(caller, value);
        vm.prank(caller, caller);
        assertEq(_randomness.seedOf(ASKED), expected);
    }

    function testFuzz_AnchorIsAlwaysAKnownBlock(uint256 asked, uint256 current) public pure {
        asked = bound(asked, 0, type(uint64).max);
        current = bound(current, asked + 1, asked + type(uint64).max);
        uint256 anchor = Anchors.latest(asked, current);
        assertLt(anchor, current);
        assertLe(current - anchor, 256);
        assertGe(anchor, asked);
        assertEq((anchor - asked) % 256, 0);
    }
}
