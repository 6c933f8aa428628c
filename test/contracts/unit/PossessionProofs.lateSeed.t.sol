// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ProofFixture} from "../support/ProofFixture.sol";
import {BlockHistory} from "../support/BlockHistory.sol";

/// @notice [8] A period's draws when nobody proves until the EVM has forgotten its opening block.
contract PossessionProofsLateSeedTest is ProofFixture {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    uint32 private period;
    uint256 private opening;

    function setUp() public override {
        super.setUp();
        _add(PROVIDER, 1);
        _add(PROVIDER, 3);
        period = _openNext();
        opening = proofs.openingBlock(period);
    }

    function _draws() private view returns (bytes32) {
        return keccak256(abi.encode(proofs.draws(PROVIDER)));
    }

    function _withHistory() private {
        vm.etch(HISTORY, address(new BlockHistory()).code);
        BlockHistory(HISTORY).fill(opening, _hashOf(opening));
    }

    /// @dev [7] With the history contract there is one set of draws, to the period's last block.
    function test_WithHistoryTheDrawsStay() public {
        _withHistory();
        bytes32 first = _draws();
        for (uint256 later = 255; later < PERIOD_BLOCKS; later += 86) {
            _rollTo(opening + later);
            assertEq(_draws(), first);
        }
        _rollTo(opening + PERIOD_BLOCKS - 1);
        assertEq(_draws(), first);
        _prove(PROVIDER);
        assertTrue(proofs.isProven(PROVIDER, period));
    }

    function test_WithoutHistoryAnAnchorServes() public {
        bytes32 first = _draws();
        _rollTo(opening + 256);
        assertEq(_draws(), first);
        _rollTo(opening + 257);
        assertNotEq(_draws(), first);
        bytes32 second = _draws();
        _rollTo(opening + 512);
        assertEq(_draws(), second);
        _prove(PROVIDER);
    }

    /// @dev [7] Without it, anyone keeps a provider from waiting for better draws: by a call, or by any provider's proof.
    function test_WithoutHistoryAnyoneFixesTheDraws() public {
        bytes32 first = _draws();
        vm.prank(makeAddr("stranger"));
        randomness.seedOf(opening);
        for (uint256 later = 257; later < PERIOD_BLOCKS; later += 85) {
            _rollTo(opening + later);
            assertEq(_draws(), first);
        }
    }

    function test_WithoutHistoryAnyProofFixesTheDraws() public {
        vm.roll(opening - 1);
        _add(PROVIDER + 1, 1);
        _open(period);
        _prove(PROVIDER + 1);
        bytes32 first = _draws();
        _rollTo(opening + 500);
        assertEq(_draws(), first);
    }
}
