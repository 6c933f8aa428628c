// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {BlockRandomness} from "../../../contracts/BlockRandomness.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract BlockRandomnessMutantsTest is Test {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    bytes32 private constant OWN = keccak256("the chain's own answer");

    /// @dev The history contract is asked only about blocks that the chain has forgotten and that it must still know.
    function test_HistoryIsNotAskedOutsideItsWindow() public {
        BlockRandomness randomness = new BlockRandomness();
        // return(0, 32), of ones, whatever is asked
        vm.etch(HISTORY, hex"5f195f5260205ff3");
        vm.roll(10_256);
        vm.setBlockhash(10_000, OWN);
        assertEq(randomness.seedOf(10_000), OWN);

        vm.roll(20_000 + 8_191);
        assertEq(randomness.peekSeed(20_000), bytes32(type(uint256).max));
        vm.roll(20_000 + 8_192);
        vm.setBlockhash(20_000 + 31 * 256, OWN);
        assertEq(randomness.peekSeed(20_000), OWN);
    }
}
