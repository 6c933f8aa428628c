// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleSha256} from "../libraries/MerkleSha256.sol";

/// @notice Opens the verifier's library to tests.
contract MerkleHarness {
    function rootOf(bytes calldata path, uint256 leaf, uint256 units) external view returns (bytes32) {
        return MerkleSha256.rootOf(path, leaf, MerkleSha256.depthOf(units));
    }

    /// @dev With a depth of the caller's, as no contract of the market does it.
    function rootAtDepth(bytes calldata path, uint256 leaf, uint256 depth) external view returns (bytes32) {
        return MerkleSha256.rootOf(path, leaf, depth);
    }

    function depthOf(uint256 units) external pure returns (uint256) {
        return MerkleSha256.depthOf(units);
    }
}
