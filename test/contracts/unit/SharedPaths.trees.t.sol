// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {MerkleSha256} from "../../../contracts/libraries/MerkleSha256.sol";
import {SharedPaths} from "../../../contracts/libraries/SharedPaths.sol";
import {SaltedShard} from "../support/SaltedShard.sol";
import {SharedProof} from "../support/SharedProof.sol";

/// @notice Any number of leaves of any shards in one proof, against the plain rule of support/SharedProof.sol.
contract SharedPathsTreesTest is Test {
    using SharedPaths for SharedPaths.Paths;

    uint256 private constant WORD = 32;
    uint64 private constant FIRST = 7;

    // ----------------------------------------------------------------- subject

    /// @dev As PossessionProofs verifies: external, for a proof in calldata.
    function verify(bytes calldata proof, IPossessionProofs.Draw[] calldata draws) external view returns (bool) {
        SharedPaths.Paths memory paths = SharedPaths.create(draws.length);
        for (uint256 i; i < draws.length; ++i) {
            if (draws[i].conceded) continue;
            (bytes32 node, bytes32 expected) = paths.climb(
                proof,
                SharedPaths.placeOf(draws[i].agreement, draws[i].leaf),
                draws[i].depth,
                draws[i].root
            );
            if (node != expected) return false;
        }
        return paths.end == proof.length;
    }

    // ----------------------------------------------------------------- objects

    function _saltOf(uint64 agreement) private pure returns (bytes32) {
        return keccak256(abi.encode("shard", agreement));
    }

    /// @dev Agreement n has n mod 3 + 1 units.
    function _unitsOf(uint64 agreement) private pure returns (uint256) {
        return (agreement % 3) + 1;
    }

    function _draw(uint64 agreement, uint256 leaf) private view returns (IPossessionProofs.Draw memory) {
        uint256 units = _unitsOf(agreement);
        bytes32 root = SaltedShard.rootOf(_saltOf(agreement), units);
        return IPossessionProofs.Draw(agreement, root, uint64(leaf), uint8(MerkleSha256.depthOf(units)), false);
    }

    function _join(IPossessionProofs.Draw[] memory draws) private view returns (bytes memory) {
        bytes[] memory paths = new bytes[](draws.length);
        for (uint256 i; i < draws.length; ++i) {
            if (draws[i].conceded) continue;
            uint64 agreement = draws[i].agreement;
            paths[i] = SaltedShard.proofOf(_saltOf(agreement), _unitsOf(agreement), draws[i].leaf);
        }
        return SharedProof.join(draws, paths);
    }

    function _two(
        uint64 first,
        uint256 leaf,
        uint64 second,
        uint256 otherLeaf
    ) private view returns (IPossessionProofs.Draw[] memory draws) {
        draws = new IPossessionProofs.Draw[](2);
        (draws[0], draws[1]) = (_draw(first, leaf), _draw(second, otherLeaf));
    }

    /// @dev Two to six leaves of three shards, close together more often than chance would have them, now and then one conceded.
    function _random(uint256 seed) private view returns (IPossessionProofs.Draw[] memory draws) {
        draws = new IPossessionProofs.Draw[](2 + (seed % 5));
        uint64 conceded = (seed >> 8) % 4 == 0 ? FIRST + uint64((seed >> 16) % 3) : 0;
        for (uint256 i; i < draws.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint64 agreement = FIRST + uint64(random % 3);
            uint256 leaves = _unitsOf(agreement) * 1024;
            uint256 leaf = (random >> 8) % leaves;
            // A neighbour at some height of the leaf before.
            if (random % 5 < 3 && i != 0) leaf = (draws[i - 1].leaf ^ (1 << ((random >> 40) % 11))) % leaves;
            draws[i] = _draw(agreement, leaf);
            draws[i].conceded = agreement == conceded;
        }
    }

    function _flipped(bytes memory proof, uint256 index, uint256 bit) private pure returns (bytes memory other) {
        other = bytes.concat(proof);
        other[index] ^= bytes1(uint8(1 << (bit % 8)));
    }

    // -------------------------------------------------------------- fuzz tests

    /// forge-config: default.fuzz.runs = 48
    function testFuzz_JoinedProofsHoldAndNoOthers(uint256 seed) public view {
        IPossessionProofs.Draw[] memory draws = _random(seed);
        bytes memory proof = _join(draws);
        assertEq(proof.length, SharedProof.lengthOf(draws));
        assertTrue(this.verify(proof, draws), "the joined proof");
        assertFalse(this.verify(bytes.concat(proof, hex"00"), draws), "a byte more");
        assertFalse(this.verify(bytes.concat(proof, bytes32(seed)), draws), "a word more");
        if (proof.length == 0) return;

        assertFalse(this.verify(_without(proof, proof.length - 1, 1), draws), "a byte less");
        // Each word, at a bit of the seed's choice.
        for (uint256 word; word < proof.length / WORD; ++word) {
            uint256 random = uint256(keccak256(abi.encode(seed, "flip", word)));
            bytes memory other = _flipped(proof, word * WORD + (random % WORD), random >> 8);
            assertFalse(this.verify(other, draws), "a bit flipped");
        }
        uint256 gone = (seed >> 32) % (proof.length / WORD);
        assertFalse(this.verify(_without(proof, gone * WORD, WORD), draws), "a word less");
    }

    function _without(bytes memory proof, uint256 from, uint256 length) private pure returns (bytes memory other) {
        other = new bytes(proof.length - length);
        for (uint256 i; i < other.length; ++i) {
            other[i] = proof[i < from ? i : i + length];
        }
    }

    // ------------------------------------------------------------- named tests

    function test_SameLeafTwiceIsSentOnce() public view {
        IPossessionProofs.Draw[] memory draws = _two(FIRST, 513, FIRST, 513);
        bytes memory proof = _join(draws);
        assertEq(proof.length, 64 + WORD * draws[0].depth);
        assertTrue(this.verify(proof, draws));
        assertFalse(this.verify(bytes.concat(proof, proof), draws), "sent twice");
    }

    /// @dev The sibling's 64 bytes and nothing else: its hash stands in the first path.
    function test_AdjacentLeavesShareAllButTheirBytes() public view {
        for (uint256 leaf = 600; leaf < 604; ++leaf) {
            IPossessionProofs.Draw[] memory draws = _two(FIRST, leaf, FIRST, leaf ^ 1);
            bytes memory proof = _join(draws);
            assertEq(proof.length, 64 + WORD * draws[0].depth + 64);
            assertTrue(this.verify(proof, draws));
        }
    }

    /// @dev Even with the same bytes behind both, which a provider may well have: place is agreement and leaf.
    function test_EqualLeavesOfTwoAgreementsNeverShare() public view {
        IPossessionProofs.Draw[] memory draws = _two(FIRST, 5, FIRST, 5);
        bytes memory once = _join(draws);
        draws[1].agreement = FIRST + 3;
        assertFalse(this.verify(once, draws), "one path for both");
        assertTrue(this.verify(bytes.concat(once, once), draws));
        // Nor when the ids differ in their highest bit alone.
        draws[1].agreement = FIRST | (1 << 63);
        assertFalse(this.verify(once, draws));
        assertTrue(this.verify(bytes.concat(once, once), draws));
    }

    /// @dev Every node that a later path leads to is checked against the earlier path: changing it alone, or together with what leads to it, fails.
    function test_EverySharedNodeIsBound() public view {
        for (uint256 height; height < 10; ++height) {
            IPossessionProofs.Draw[] memory draws = _two(FIRST, 0, FIRST, 1 << height);
            bytes memory proof = _join(draws);
            uint256 slot = 64 + WORD * height;
            for (uint256 bit; bit < 256; bit += 37) {
                assertFalse(this.verify(_flipped(proof, slot + bit / 8, bit), draws), "the shared node");
            }
            assertFalse(
                this.verify(_consistentLie(proof, draws[0].depth, slot, height), draws),
                "and what leads to it"
            );
        }
    }

    /// @dev A false leaf in the later path, and the shared node set to what it leads to.
    function _consistentLie(
        bytes memory proof,
        uint256 depth,
        uint256 slot,
        uint256 height
    ) private pure returns (bytes memory lie) {
        lie = bytes.concat(proof);
        uint256 start = 64 + WORD * depth;
        lie[start] ^= 0x01;
        bytes32 node = sha256(abi.encodePacked(_word(lie, start), _word(lie, start + WORD)));
        for (uint256 level; level < height; ++level) {
            // Leaf 2^height: on the left at each level below.
            node = sha256(abi.encodePacked(node, _word(lie, start + 64 + WORD * level)));
        }
        for (uint256 i; i < WORD; ++i) {
            lie[slot + i] = node[i];
        }
    }

    /// @dev The two draws around it share as if it were not there.
    function test_ConcededDrawsInBetween() public view {
        IPossessionProofs.Draw[] memory draws = new IPossessionProofs.Draw[](5);
        (draws[0], draws[2], draws[4]) = (_draw(FIRST, 8), _draw(FIRST, 9), _draw(FIRST, 12));
        (draws[1], draws[3]) = (_draw(FIRST + 1, 9), _draw(FIRST + 1, 8));
        (draws[1].conceded, draws[3].conceded) = (true, true);
        bytes memory proof = _join(draws);
        assertEq(proof.length, 64 + WORD * draws[0].depth + 64 + 64 + 2 * WORD);
        assertTrue(this.verify(proof, draws));
        // Shown all the same, it is too much.
        draws[1].conceded = false;
        bytes memory more = _join(draws);
        assertTrue(this.verify(more, draws));
        draws[1].conceded = true;
        assertFalse(this.verify(more, draws));
    }

    function test_NothingButConcededDrawsBringsNothing() public view {
        IPossessionProofs.Draw[] memory draws = _two(FIRST, 1, FIRST, 2);
        (draws[0].conceded, draws[1].conceded) = (true, true);
        assertTrue(this.verify("", draws));
        assertFalse(this.verify(hex"00", draws));
    }

    function _word(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), offset))
        }
    }
}
