// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";

/// @notice Stands in for Collateral where only PossessionProofs is tested: keeps what it was told, fails a provider when asked to.
contract FakeCollateral {
    struct Strike {
        uint32 provider;
        uint32 fromPeriod;
        uint32 count;
    }

    Strike[] public strikes;
    mapping(uint32 provider => uint256) public missed;
    /// @notice Misses at which a provider fails.
    uint256 public failsAt = type(uint256).max;
    /// @notice Account that the last strike named for the report fee.
    uint32 public lastReporter;

    function setFailsAt(uint256 misses) external {
        failsAt = misses;
    }

    function strike(uint32 provider, uint32 fromPeriod, uint32 count, uint32 reporter) external returns (bool failed) {
        lastReporter = reporter;
        strikes.push(Strike(provider, fromPeriod, count));
        missed[provider] += count;
        return missed[provider] >= failsAt;
    }

    function strikeCount() external view returns (uint256) {
        return strikes.length;
    }
}

/// @notice Stands in for Reputation.
contract FakeReputation {
    event Proven(uint32 provider, uint32 period, uint256 rent);
    event Missed(uint32 provider, uint32 period, uint256 rent, uint32 missed);

    mapping(uint32 provider => uint256) public goodRent;
    mapping(uint32 provider => uint256) public badRent;

    function recordProven(uint32 provider, uint32 period, uint256 rent) external {
        goodRent[provider] += rent;
        emit Proven(provider, period, rent);
    }

    function recordMissed(uint32 provider, uint32 period, uint256 rent, uint32 missed) external {
        badRent[provider] += rent;
        emit Missed(provider, period, rent, missed);
    }
}

/// @notice Stands in for Agreements: forms many in one transaction, so that large providers can be made.
contract FakeAgreements {
    function addMany(
        IPossessionProofs proofs,
        uint32 provider,
        bytes32 root,
        uint32 units,
        uint128 rent,
        uint256 number
    ) external {
        for (uint256 i; i < number; ++i) {
            proofs.add(provider, root, units, rent);
        }
    }

    function remove(IPossessionProofs proofs, uint64 agreement, uint128 rent, bool conceded) external {
        proofs.remove(agreement, rent, conceded);
    }
}
