// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {BlockRandomness} from "../../../contracts/BlockRandomness.sol";
import {IRandomness} from "../../../contracts/interfaces/IRandomness.sol";

/// @notice A chain with the history contract of EIP-2935, and ones where something else stands in its place.
contract BlockRandomnessHistoryTest is Test {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    /// @dev Source: EIP-2935. Block n's hash is in slot n mod 8,191; it reverts for other than the last 8,191 blocks.
    bytes private constant HISTORY_CODE =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
    uint256 private constant WINDOW = 8_191;
    uint256 private constant ASKED = 10_000;

    BlockRandomness private _randomness;

    function setUp() public {
        _randomness = new BlockRandomness();
        vm.etch(HISTORY, HISTORY_CODE);
        vm.store(HISTORY, bytes32(ASKED % WINDOW), _hashOf(ASKED));
    }

    function _hashOf(uint256 blockNumber) private pure returns (bytes32) {
        return keccak256(abi.encode("block", blockNumber));
    }

    /// @dev With the hash of the block that serves where nothing else is known.
    function _rollTo(uint256 current) private returns (uint256 anchor) {
        vm.roll(current);
        anchor = ASKED + 256 * ((current - ASKED - 1) / 256);
        vm.setBlockhash(anchor, _hashOf(anchor));
    }

    function test_ItsOwnHashServesForTheWholeWindow() public {
        uint256[4] memory later = [uint256(256), 257, 5_000, WINDOW];
        for (uint256 i; i < later.length; ++i) {
            _rollTo(ASKED + later[i]);
            assertEq(_randomness.peekSeed(ASKED), _hashOf(ASKED));
        }
        vm.expectEmit(address(_randomness));
        emit IRandomness.SeedFixed(ASKED, ASKED, _hashOf(ASKED));
        assertEq(_randomness.seedOf(ASKED), _hashOf(ASKED));
    }

    function test_AfterTheWindowAnotherBlockServes() public {
        uint256 anchor = _rollTo(ASKED + WINDOW + 1);
        assertEq(_randomness.peekSeed(ASKED), _hashOf(anchor));
    }

    function test_FixedInTheWindowItStays() public {
        _rollTo(ASKED + WINDOW);
        _randomness.seedOf(ASKED);
        _rollTo(ASKED + WINDOW + 1);
        assertEq(_randomness.peekSeed(ASKED), _hashOf(ASKED));
    }

    /// @dev Older than the contract: it has no hash yet.
    function test_WithoutTheHashAnotherBlockServes() public {
        vm.store(HISTORY, bytes32(ASKED % WINDOW), 0);
        uint256 anchor = _rollTo(ASKED + 257);
        assertEq(_randomness.peekSeed(ASKED), _hashOf(anchor));
    }

    function test_AnswersOfOtherContractsDoNotCount() public {
        uint256 anchor = _rollTo(ASKED + 257);
        bytes[3] memory codes = [
            // revert(0, 32)
            bytes(hex"60205ffd"),
            // return(0, 31) and return(0, 33), of ones
            hex"5f195f52601f5ff3",
            hex"5f195f5260215ff3"
        ];
        for (uint256 i; i < codes.length; ++i) {
            vm.etch(HISTORY, codes[i]);
            assertEq(_randomness.peekSeed(ASKED), _hashOf(anchor));
        }
    }
}
