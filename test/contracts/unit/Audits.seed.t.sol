// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuditParams} from "../../../contracts/Audits.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {AuditFixture} from "../support/AuditFixture.sol";
import {BlockHistory} from "../support/BlockHistory.sol";

/// @notice Which leaves an audit asks for, and for how long.
contract AuditsSeedTest is AuditFixture {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    uint256 private audit;
    uint256 private opened;

    /// @dev Longer than the EVM remembers blocks.
    function _auditParams() internal pure override returns (AuditParams memory params) {
        params = super._auditParams();
        params.windowBlocks = 600;
    }

    function setUp() public override {
        super.setUp();
        id = _formNew(providers[0], keccak256("long"), UNITS, 60);
        audit = _openAudit();
        opened = block.number;
    }

    function _hashOf(uint256 blockNumber) private pure returns (bytes32) {
        return keccak256(abi.encode("block", blockNumber));
    }

    /// @dev With the hashes of the opening block and of the one that serves after it.
    function _rollTo(uint256 blockNumber) private {
        vm.roll(blockNumber);
        for (uint256 anchor = opened; anchor < blockNumber; anchor += 256) {
            if (blockNumber - anchor <= 256) vm.setBlockhash(anchor, _hashOf(anchor));
        }
    }

    /// @dev Leaf i is keccak256(seed, chain, contract, audit, i) mod the leaves of the shard.
    function _leavesBy(bytes32 seed, uint256 number) private view returns (uint64[] memory leaves) {
        leaves = new uint64[](AUDIT_DRAWS);
        for (uint256 i; i < AUDIT_DRAWS; ++i) {
            bytes32 draw = keccak256(abi.encode(seed, block.chainid, address(audits), number, i));
            leaves[i] = uint64(uint256(draw) % (uint256(UNITS) * 1024));
        }
    }

    function _checkLeaves(bytes32 seed) private view {
        assertEq(abi.encode(audits.leavesOf(audit)), abi.encode(_leavesBy(seed, audit)));
    }

    function testFuzz_LeavesFollowTheRule(bytes32 hash) public {
        vm.assume(hash != 0);
        vm.roll(opened + 1);
        vm.setBlockhash(opened, hash);
        _checkLeaves(hash);
    }

    function test_OfNoAuditThereAreNone() public {
        vm.roll(opened + 1);
        assertEq(audits.leavesOf(audit + 1).length, 0);
    }

    function test_RevertWhen_TheChainGivesNoHash() public {
        vm.roll(opened + 1);
        vm.setBlockhash(opened, 0);
        assertEq(audits.leavesOf(audit).length, 0);
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_NoSeedYet.selector, audit, opened));
        audits.answer(audit, "");
    }

    /// @dev [8] 255, 256, 257 blocks later, and at the last block of the window.
    function test_AnsweredAroundTheEndOfTheChainsMemory() public {
        uint256[2][6] memory table = [
            [uint256(1), 0],
            [uint256(255), 0],
            [uint256(256), 0],
            [uint256(257), 256],
            [uint256(512), 256],
            [uint256(600), 512]
        ];
        for (uint256 i; i < table.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            _rollTo(opened + table[i][0]);
            _checkLeaves(_hashOf(opened + table[i][1]));
            audits.answer(audit, _answerTo(audit));
            assertFalse(audits.audits(audit).open);
            vm.revertToState(snapshot);
        }
    }

    /// @dev [7] Where the chain forgets, waiting for other leaves would be worth something: a challenger has the first seed fixed.
    function test_AnyoneKeepsTheLeavesAsTheyAre() public {
        _rollTo(opened + 256);
        vm.prank(makeAddr("stranger"));
        randomness.seedOf(opened);
        for (uint256 later = 257; later <= 600; later += 49) {
            _rollTo(opened + later);
            _checkLeaves(_hashOf(opened));
        }
    }

    /// @dev [7] And where it remembers, nobody has to.
    function test_HistoryKeepsTheLeavesAsTheyAre() public {
        vm.etch(HISTORY, address(new BlockHistory()).code);
        BlockHistory(HISTORY).fill(opened, _hashOf(opened));
        for (uint256 later = 255; later <= 600; later += 69) {
            _rollTo(opened + later);
            _checkLeaves(_hashOf(opened));
        }
    }

    /// @dev [5] Padding that the provider adds changes nothing.
    function test_PaddingDoesNotDilute() public {
        vm.roll(opened + 1);
        bytes memory before = abi.encode(audits.leavesOf(audit));
        _formNew(providers[0], keccak256("padding"), 1024, 20);
        assertEq(abi.encode(audits.leavesOf(audit)), before);
    }

    /// @dev [9] [27] The number, the contract and the chain are in the draw.
    function test_RevertWhen_AnswerOfAnotherAuditOrChain() public {
        vm.roll(opened + 1);
        bytes memory answer = _answerTo(audit);
        uint256 second = _openAudit();
        vm.roll(block.number + 1);
        vm.setBlockhash(block.number - 1, blockhash(opened));
        assertNotEq(keccak256(abi.encode(audits.leavesOf(second))), keccak256(abi.encode(audits.leavesOf(audit))));
        vm.chainId(block.chainid + 1);
        assertNotEq(keccak256(answer), keccak256(_answerTo(audit)));
    }
}
