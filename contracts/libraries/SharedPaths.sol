// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {MerkleSha256} from "./MerkleSha256.sol";

/// @notice Which nodes of a proof stand in it already. Where the paths of two leaves of a shard meet, the node below the meeting point on one
/// path is the sibling there on the other: so the later path goes up to that node and must give what the earlier path, already verified, sent.
library SharedPaths {
    /// @dev A place in all shards: agreement (64 bits) || leaf (64 bits). Places of different agreements differ above this.
    uint256 private constant _LEAF_BITS = 64;
    uint256 private constant _OTHER_SHARD = 1 << _LEAF_BITS;
    uint256 private constant _SAME = type(uint256).max;

    /// @param length paths so far
    /// @param places agreement and leaf of each
    /// @param starts where each begins in the proof, bytes
    /// @param end where the last one ends in the proof, bytes
    /// @param agreements bit i stands for the agreements so far whose number ends in i (8 bits): most draws of a large provider fall into shards
    /// of their own, and need not be compared
    struct Paths {
        uint256 length;
        uint256[] places;
        uint256[] starts;
        uint256 end;
        uint256 agreements;
    }

    /// @param max most paths that can be added
    function create(uint256 max) internal pure returns (Paths memory) {
        return Paths(0, new uint256[](max), new uint256[](max), 0, 0);
    }

    /// @notice A leaf's place among all shards.
    function placeOf(uint64 agreement, uint256 leaf) internal pure returns (uint256) {
        return (uint256(agreement) << _LEAF_BITS) | leaf;
    }

    /// @notice Hashes the next path of a proof up to the node where it must lead.
    /// @dev Requirement, left to the caller: fewer paths than `create` allowed.
    /// @param depth levels of the whole path, from the shard's stored unit count
    /// @param root the shard's root
    /// @return node what the path leads to; zero when the proof ends before it does
    /// @return expected what it must lead to
    function climb(
        Paths memory self,
        bytes calldata proof,
        uint256 place,
        uint256 depth,
        bytes32 root
    ) internal view returns (bytes32 node, bytes32 expected) {
        uint256 start = self.end;
        (uint256 levels, uint256 sibling) = add(self, place, depth);
        if (sibling == _SAME) return (root, root);
        expected = root;
        if (sibling != 0) {
            assembly ("memory-safe") {
                // Within an earlier path, which was hashed: inside the proof.
                expected := calldataload(add(proof.offset, sibling))
            }
        }
        if (self.end <= proof.length) {
            // The index of the leaf under that node: what lies above `levels` bits is its place in the tree, and the agreement.
            node = MerkleSha256.rootOf(proof[start:self.end], place & ((1 << levels) - 1), levels);
        }
    }

    /// @notice Notes a path, and where it first meets an earlier one. Looks at no bytes.
    /// @dev Of the paths that it meets lowest, the first: that one was not cut below the meeting point itself, or it would have met an earlier one there.
    /// @param depth levels of the whole path
    /// @return levels siblings that the path still has to bring; `depth` when it meets none
    /// @return sibling where, in the proof, the node stands that they must lead to; 0 when they must lead to the root; `_SAME` when an earlier path
    /// opened this very leaf: then nothing is to be sent, and nothing is noted
    function add(
        Paths memory self,
        uint256 place,
        uint256 depth
    ) internal pure returns (uint256 levels, uint256 sibling) {
        uint256 nearest = _OTHER_SHARD;
        uint256 start;
        uint256 bit = 1 << ((place >> _LEAF_BITS) & 0xff);
        if (self.agreements & bit != 0) (nearest, start) = _nearest(self, place);
        if (nearest == 0) return (0, _SAME);
        levels = depth;
        // At most 64 paths of at most 1,408 bytes.
        unchecked {
            if (nearest < _OTHER_SHARD) {
                levels = Math.log2(nearest);
                // Its siblings follow the earlier path's leaf, from the bottom up.
                sibling = start + MerkleSha256.pathBytes(levels);
            }
            uint256 length = self.length;
            (self.places[length], self.starts[length]) = (place, self.end);
            self.length = length + 1;
            self.end += MerkleSha256.pathBytes(levels);
            self.agreements |= bit;
        }
    }

    /// @return nearest in which bits the nearest leaf of the same shard differs, 0 for the leaf itself; `_OTHER_SHARD` when there is none
    /// @return start where its path begins
    function _nearest(Paths memory self, uint256 place) private pure returns (uint256 nearest, uint256 start) {
        nearest = _OTHER_SHARD;
        assembly ("memory-safe") {
            let places := add(mload(add(self, 0x20)), 0x20)
            let end := add(places, shl(5, mload(self)))
            let toStart := sub(add(mload(add(self, 0x40)), 0x20), places)
            for {} lt(places, end) {
                places := add(places, 0x20)
            } {
                let apart := xor(mload(places), place)
                // Whether the highest bit in which they differ is a lower one: less than the nearest, and less than what both differ in.
                if and(lt(apart, nearest), lt(apart, xor(apart, nearest))) {
                    nearest := apart
                    start := mload(add(places, toStart))
                }
            }
        }
    }
}
