// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";

/// @notice Joins whole paths into one proof as a provider does, by the plain rule: each is cut below the lowest point where it meets any earlier one.
library SharedProof {
    /// @param paths the whole path of each draw; of conceded draws anything
    function join(
        IPossessionProofs.Draw[] memory draws,
        bytes[] memory paths
    ) internal pure returns (bytes memory proof) {
        for (uint256 i; i < draws.length; ++i) {
            if (draws[i].conceded) continue;
            (uint256 levels, bool same) = _levels(draws, i);
            if (!same) proof = bytes.concat(proof, _head(paths[i], 64 + 32 * levels));
        }
    }

    /// @notice Bytes of the proof.
    function lengthOf(IPossessionProofs.Draw[] memory draws) internal pure returns (uint256 length) {
        for (uint256 i; i < draws.length; ++i) {
            (uint256 levels, bool same) = _levels(draws, i);
            if (!draws[i].conceded && !same) length += 64 + 32 * levels;
        }
    }

    function _levels(
        IPossessionProofs.Draw[] memory draws,
        uint256 i
    ) private pure returns (uint256 levels, bool same) {
        levels = draws[i].depth;
        for (uint256 j; j < i; ++j) {
            if (draws[j].conceded || draws[j].agreement != draws[i].agreement) continue;
            uint256 apart = draws[j].leaf ^ draws[i].leaf;
            if (apart == 0) return (0, true);
            levels = Math.min(levels, Math.log2(apart));
        }
    }

    function _head(bytes memory path, uint256 length) private pure returns (bytes memory head) {
        head = new bytes(length);
        for (uint256 i; i < length; ++i) {
            head[i] = path[i];
        }
    }
}
