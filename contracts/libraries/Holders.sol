// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgreementId} from "../types/StorageAgreement.sol";

/// @notice Agreement ids of an object's shards, four to a storage word, shard i in lane i mod 4 of word i / 4.
/// A lane is never cleared; a later agreement for the same shard overwrites it.
library Holders {
    uint256 internal constant LANES = 4;
    uint256 private constant LANE_BITS = 64;

    function put(
        mapping(bytes32 => mapping(uint256 => uint256)) storage self,
        bytes32 objectSlot,
        uint256 shardIndex,
        uint64 id
    ) internal {
        mapping(uint256 => uint256) storage words = self[objectSlot];
        uint256 shift = (shardIndex % LANES) * LANE_BITS;
        uint256 packed = words[shardIndex / LANES];
        packed &= ~(uint256(type(uint64).max) << shift);
        words[shardIndex / LANES] = packed | (uint256(id) << shift);
    }

    function get(
        mapping(bytes32 => mapping(uint256 => uint256)) storage self,
        bytes32 objectSlot,
        uint256 shardIndex
    ) internal view returns (uint64) {
        return uint64(self[objectSlot][shardIndex / LANES] >> ((shardIndex % LANES) * LANE_BITS));
    }

    /// @dev Reads words up to the first empty one; used ones are never empty again.
    function list(
        mapping(bytes32 => mapping(uint256 => uint256)) storage self,
        bytes32 objectSlot
    ) internal view returns (AgreementId[] memory ids) {
        uint256 words;
        while (self[objectSlot][words] != 0) ++words;
        ids = new AgreementId[](words * LANES);
        for (uint256 i; i < ids.length; ++i) {
            uint256 packed = self[objectSlot][i / LANES];
            ids[i] = AgreementId.wrap(uint64(packed >> ((i % LANES) * LANE_BITS)));
        }
    }
}
