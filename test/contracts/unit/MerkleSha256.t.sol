// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {MerkleSha256} from "../../../contracts/libraries/MerkleSha256.sol";
import {MerkleHarness} from "../../../contracts/mocks/MerkleHarness.sol";
import {SaltedShard} from "../support/SaltedShard.sol";

contract MerkleSha256Test is Test {
    bytes32 private constant SALT = keccak256("salt");

    MerkleHarness private _harness;

    function setUp() public {
        _harness = new MerkleHarness();
    }

    /// @dev The same climb, a hash at a time.
    function _climb(bytes memory path, uint256 leaf, uint256 depth) private pure returns (bytes32 node) {
        node = sha256(abi.encodePacked(_word(path, 0), _word(path, 1)));
        for (uint256 i; i < depth; ++i) {
            bytes32 sibling = _word(path, i + 2);
            node =
                (leaf >> i) & 1 == 0
                    ? sha256(abi.encodePacked(node, sibling))
                    : sha256(abi.encodePacked(sibling, node));
        }
    }

    function _word(bytes memory data, uint256 index) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), shl(5, index)))
        }
    }

    function _bytesOf(uint256 seed, uint256 depth) private pure returns (bytes memory path) {
        for (uint256 i; i < depth + 2; ++i) {
            path = abi.encodePacked(path, keccak256(abi.encode(seed, i)));
        }
    }

    function test_RevertWhen_ThePathHasAnotherDepth() public {
        for (uint256 depth = 9; depth <= 11; ++depth) {
            bytes memory path = _bytesOf(1, depth);
            if (depth != 10) {
                vm.expectRevert(
                    abi.encodeWithSelector(MerkleSha256.MerkleSha256_WrongPathLength.selector, path.length, 64 + 320)
                );
            }
            _harness.rootOf(path, 0, 1);
        }
    }

    function test_RevertWhen_TheIndexIsOutOfRange() public {
        bytes memory path = _bytesOf(1, 10);
        _harness.rootOf(path, 1023, 1);
        vm.expectRevert(abi.encodeWithSelector(MerkleSha256.MerkleSha256_LeafOutOfRange.selector, 1024, 10));
        _harness.rootOf(path, 1024, 1);
    }

    function test_TakesItsDepthFromTheUnits() public view {
        assertEq(_harness.depthOf(1), 10);
        for (uint256 level = 1; level < 32; ++level) {
            uint256 units = 1 << level;
            assertEq(_harness.depthOf(units), 10 + level);
            assertEq(_harness.depthOf(units + 1), 11 + level);
            if (units > 2) assertEq(_harness.depthOf(units - 1), 10 + level);
        }
        assertEq(_harness.depthOf(type(uint32).max), 42);
    }

    function test_OpensEveryKindOfLeafOfAPaddedShard() public view {
        for (uint256 units = 1; units <= 3; ++units) {
            bytes32 root = SaltedShard.rootOf(SALT, units);
            uint256[4] memory leaves = [0, 1, units * 1024 - 1, units * 512 + 341];
            for (uint256 i; i < leaves.length; ++i) {
                bytes memory path = SaltedShard.proofOf(SALT, units, leaves[i]);
                assertEq(_harness.rootOf(path, leaves[i], units), root);
                assertTrue(_harness.rootOf(path, leaves[i] ^ 1, units) != root, "the index is bound");
            }
        }
    }

    /// @dev A hash without the gas for it leaves its output as it was. Whatever gas there is: the right root, or a revert.
    function test_NeverAWrongRootForWantOfGas() public view {
        bytes memory path = _bytesOf(7, 24);
        bytes32 root = _climb(path, 5_000_000, 24);
        uint256 succeeded;
        for (uint256 gasLimit = 2_000; gasLimit < 12_000; gasLimit += 23) {
            (bool ok, bytes memory result) = address(_harness).staticcall{gas: gasLimit}(
                abi.encodeCall(_harness.rootOf, (path, 5_000_000, 16_384))
            );
            if (!ok) continue;
            ++succeeded;
            assertEq(abi.decode(result, (bytes32)), root);
        }
        assertGt(succeeded, 0, "some had enough");
        assertLt(succeeded, 400, "some had not");
    }

    /// @dev Calls to address 2 succeed there, and leave what was in memory: anybody's root.
    function test_RevertWhen_TheChainHasNoSha256() public {
        bytes memory path = _bytesOf(7, 10);
        vm.mockCall(address(2), new bytes(0), new bytes(0));
        vm.expectRevert(MerkleSha256.MerkleSha256_HashFailed.selector);
        _harness.rootOf(path, 0, 1);
    }

    function test_RevertWhen_AHashFails() public {
        bytes memory path = _bytesOf(7, 10);
        // As long as a hash: only the failure tells.
        vm.mockCallRevert(address(2), new bytes(0), new bytes(32));
        vm.expectRevert(MerkleSha256.MerkleSha256_HashFailed.selector);
        _harness.rootOf(path, 0, 1);
    }

    function testFuzz_AgreesWithAPlainClimb(uint256 seed, uint256 leaf, uint256 depth) public view {
        depth = bound(depth, 0, 42);
        leaf = leaf & ((1 << depth) - 1);
        bytes memory path = _bytesOf(seed, depth);
        assertEq(_harness.rootAtDepth(path, leaf, depth), _climb(path, leaf, depth));
    }

    /// @dev Scratch space only: nothing that the caller keeps in memory changes.
    function testFuzz_LeavesMemoryAlone(bytes32 canary) public view {
        bytes32[] memory kept = new bytes32[](2);
        (kept[0], kept[1]) = (canary, ~canary);
        this.inMemory(_bytesOf(uint256(canary), 11), kept);
    }

    function inMemory(bytes calldata path, bytes32[] memory kept) external view {
        (bytes32 first, bytes32 second) = (kept[0], kept[1]);
        uint256 free;
        uint256 freeAfter;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        MerkleSha256.rootOf(path, 3, 11);
        assembly ("memory-safe") {
            freeAfter := mload(0x40)
        }
        assertEq(free, freeAfter);
        assertEq(kept[0], first);
        assertEq(kept[1], second);
        bytes memory fresh = new bytes(32);
        assertEq(_word(fresh, 0), 0, "the zero slot is zero");
    }
}
