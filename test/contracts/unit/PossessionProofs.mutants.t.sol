// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofFixture} from "../support/ProofFixture.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract PossessionProofsMutantsTest is ProofFixture {
    uint32 private constant UNITS = 5;
    uint256 private constant LEAVES_PER_UNIT = 1_024;

    /// @dev A tool that is not a contract must find the same leaves: the formula is part of the interface.
    function test_DrawsFollowTheFormula() public {
        uint64 agreement = _addHollow(PROVIDER, UNITS);
        uint32 period = _openNext();
        uint256 hash = uint256(_hashOf(proofs.openingBlock(period)));
        bytes32 seed = bytes32(((hash >> 32) << 32) | period);
        IPossessionProofs.Draw[] memory list = proofs.draws(PROVIDER);
        assertEq(list.length, DRAWS);
        for (uint256 i; i < DRAWS; ++i) {
            bytes memory drawn = abi.encode(seed, block.chainid, address(proofs), PROVIDER, period, i);
            assertEq(list[i].agreement, agreement);
            assertEq(list[i].leaf, uint256(keccak256(drawn)) % (UNITS * LEAVES_PER_UNIT));
        }
    }
}
