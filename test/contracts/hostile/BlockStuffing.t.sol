// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";

/// @notice [11] Somebody fills blocks so that an honest provider's proof is late. The last block of a period, and of an audit's window, counts; one
/// period kept out costs the first step of the ladder and its pay; and to fill a public chain's period costs more than all tokens at stake.
contract BlockStuffingTest is CallTable {
    uint256 private constant COLLATERAL = RENT * COLLATERAL_PERIODS;

    function test_ProofInTheLastBlockCounts() public {
        _toPeriod(start);
        vm.roll(proofs.openingBlock(start + 1) - 1);
        _prove(holder.id);
        _toPeriod(start + 1);
        assertTrue(proofs.isProven(holder.id, start));
        assertEq(proofs.unrecordedMisses(holder.id), 0);
        assertEq(collateral.stakes(holder.id).slashes, 0);
    }

    function test_AnswerInTheLastBlockCounts() public {
        _fund(PAYER, AUDIT_BOND);
        vm.prank(PAYER);
        uint256 audit = audits.openAudit(id, PAYER);
        vm.roll(audits.audits(audit).deadline);
        bytes4 early = IAudits.Audits_StillOpen.selector;
        vm.expectRevert(abi.encodeWithSelector(early, audit, block.number, block.number));
        audits.close(audit);
        audits.answer(audit, _answerTo(audit));
        assertEq(agreements.agreements(id).openAudits, 0);
    }

    function test_AnswerABlockLaterDoesNot() public {
        _fund(PAYER, AUDIT_BOND);
        vm.prank(PAYER);
        uint256 audit = audits.openAudit(id, PAYER);
        uint256 deadline = audits.audits(audit).deadline;
        vm.roll(deadline + 1);
        bytes memory answer = _answerTo(audit);
        vm.expectRevert(abi.encodeWithSelector(IAudits.Audits_TooLate.selector, audit, deadline, deadline + 1));
        audits.answer(audit, answer);
    }

    /// @dev One period kept out, all others proven: the first step, once, however the agreement ends.
    function test_OneMissCostsTheFirstStepAtMost() public {
        for (uint32 stuffed = start; stuffed < end; ++stuffed) {
            uint256 snapshot = vm.snapshotState();
            uint256 before = _wealth();
            for (uint32 p = start; p < end; ++p) {
                _toPeriod(p);
                if (p != stuffed) _prove(holder.id);
            }
            _toPeriod(end);
            agreements.end(id);
            assertEq(before + RENT * (TERM - 1) - _wealth(), COLLATERAL / 100);
            assertFalse(collateral.hasFailed(holder.id));
            vm.revertToState(snapshot);
        }
    }

    /// @dev Misses further apart than the healing window never climb the ladder; two in a row do, by its second step.
    function test_TwoInARowCostTheSecondStep() public {
        uint256 before = _wealth();
        for (uint32 p = start; p < end; ++p) {
            _toPeriod(p);
            if (p >= start + 2) _prove(holder.id);
        }
        _toPeriod(end);
        agreements.end(id);
        uint256 kept = (((COLLATERAL * 99) / 100) * 95) / 100;
        assertEq(before + RENT * (TERM - 2) - _wealth(), COLLATERAL - kept);
    }

    function _wealth() private view returns (uint256) {
        return
            escrow.availableOf(holder.operator) +
            collateral.stakes(holder.id).free +
            collateral.stakes(holder.id).locked;
    }

    /// @dev The arithmetic of `docs/security.md`, from EIP-1559's rule alone: each full block of 30M gas raises the base fee by an eighth. From the
    /// lowest base fee that there is, 7 wei (below it an eighth rounds to nothing), filling 333 blocks takes more ether than exists; a period
    /// and an audit's window of a public chain have 7,200.
    function test_FillingBlocksCostsMoreThanThereIs() public pure {
        uint256 baseFee = 8;
        uint256 spent;
        uint256 blocks;
        // 121 million ether.
        while (spent < 121_000_000 ether) {
            spent += baseFee * 30_000_000;
            baseFee += baseFee / 8;
            ++blocks;
        }
        assertLt(blocks, 7_200 / 20, "a twentieth of a period");
        assertEq(blocks, 333);
    }
}
