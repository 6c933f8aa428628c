// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PossessionProofs} from "../PossessionProofs.sol";
import {ProofParams} from "../possession/ProofStore.sol";
import {ICollateral} from "../interfaces/ICollateral.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {IReputation} from "../interfaces/IReputation.sol";
import {Duties} from "../libraries/Duties.sol";

/// @notice The market's draws under any number of seeds: whatever counts them here was drawn by the contract's own code.
/// @dev For tests.
contract DrawSampler is PossessionProofs {
    using Duties for Duty;

    uint256 private constant _PLACES = 64;
    uint256 private constant _UNIT_LEAVES = 1024;

    /// @param byAgreement draws that fell on each agreement, in the order of the tree
    /// @param byPlace draws by the 64th part of the shard that they fell into
    /// @param byLeaf draws by the leaf within its unit
    struct Counts {
        uint256[] byAgreement;
        uint256[_PLACES] byPlace;
        uint256[_UNIT_LEAVES] byLeaf;
    }

    constructor(
        ProofParams memory params,
        address agreements_
    )
        PossessionProofs(
            params,
            IRandomness(address(0)),
            INodeRegistry(address(0)),
            ICollateral(address(0)),
            IReputation(address(0)),
            agreements_
        )
    {}

    /// @notice Counts the draws of `number` seeds from seed number `from` on.
    function sample(uint32 provider, uint256 from, uint256 number) external view returns (Counts memory counts) {
        (uint32 units, uint32 leaves) = _opened(provider);
        counts.byAgreement = new uint256[](leaves);
        for (uint256 seed = from; seed < from + number; ++seed) {
            Drawing memory drawing = _drawing(provider, currentPeriod(), keccak256(abi.encode(seed)), units, leaves);
            for (uint256 i; i < drawCount; ++i) {
                (uint64 agreement, uint256 leaf, , ) = _draw(drawing, i);
                ++counts.byAgreement[uint32(agreement)];
                ++counts.byPlace[(leaf * _PLACES) / (uint256(unitsOf(agreement)) * _UNIT_LEAVES)];
                ++counts.byLeaf[leaf % _UNIT_LEAVES];
            }
        }
    }

    /// @notice In how many of `number` seeds a draw falls on one of the first `lost` leaves of an agreement.
    function detections(
        uint64 agreement,
        uint256 lost,
        uint256 from,
        uint256 number
    ) external view returns (uint256 found) {
        uint32 provider = uint32(agreement >> 32);
        (uint32 units, uint32 leaves) = _opened(provider);
        for (uint256 seed = from; seed < from + number; ++seed) {
            Drawing memory drawing = _drawing(provider, currentPeriod(), keccak256(abi.encode(seed)), units, leaves);
            for (uint256 i; i < drawCount; ++i) {
                (uint64 drawn, uint256 leaf, , ) = _draw(drawing, i);
                if (drawn != agreement || leaf >= lost) continue;
                ++found;
                break;
            }
        }
    }

    function _opened(uint32 provider) private view returns (uint32 units, uint32 leaves) {
        (units, leaves, ) = _duties[provider].load().atOpen(currentPeriod());
    }
}
