// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Compatibility} from "../libraries/Compatibility.sol";
import {Ask} from "../types/Ask.sol";

/// @notice For tests: the rules by which asks are filled, over many orders in one call.
contract CompatibilityHarness {
    struct Fill {
        uint32 provider;
        uint32 units;
        uint24 periods;
        uint64 price;
        uint256 collateralPeriods;
        uint256 clientDeposit;
        uint256 time;
    }

    /// @return errors for each order the selector of the error that it ends in, 0 when it fits
    function verdicts(Ask[] calldata asks, Fill[] calldata fills) external view returns (bytes4[] memory errors) {
        errors = new bytes4[](asks.length);
        for (uint256 i; i < asks.length; ++i) {
            // solhint-disable-next-line no-empty-blocks
            try this.check(asks[i], fills[i]) {} catch (bytes memory reason) {
                errors[i] = bytes4(reason);
            }
        }
    }

    function check(Ask calldata ask, Fill calldata fill) external pure {
        (uint256 head, uint256 tail) = (_head(ask), _tail(ask));
        Compatibility.requireStands(head, 1, fill.provider, fill.time);
        Compatibility.requireFits(
            head,
            tail,
            1,
            fill.units,
            fill.periods,
            fill.price,
            fill.collateralPeriods,
            fill.clientDeposit
        );
    }

    /// @dev As the compiler packs the struct's first slot.
    function _head(Ask calldata ask) private pure returns (uint256) {
        return
            uint256(ask.provider) |
            (uint256(ask.pricePerUnitPeriod) << 32) |
            (uint256(ask.unitsLeft) << 96) |
            (uint256(ask.minUnits) << 128) |
            (uint256(ask.maxUnits) << 160) |
            (uint256(ask.expiry) << 192) |
            (uint256(ask.collateralPeriods) << 232);
    }

    /// @dev As the compiler packs the struct's second slot.
    function _tail(Ask calldata ask) private pure returns (uint256) {
        return
            uint256(ask.minPeriods) |
            (uint256(ask.maxPeriods) << 24) |
            (uint256(ask.region) << 48) |
            (uint256(ask.minClientDeposit) << 64) |
            (uint256(ask.retrievalPricePerMiB) << 160) |
            (uint256(ask.premiumBps) << 224);
    }
}
