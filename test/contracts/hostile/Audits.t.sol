// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice [9] [12] [17] Audits against whoever would gain by them: challenger, provider, or both at once.
contract HostileAuditsTest is CallTable {
    uint256 private constant COLLATERAL = RENT * COLLATERAL_PERIODS;
    uint256 private constant BURNED = (AUDIT_BOND * 1_000) / 10_000;

    uint256 private audit;

    function setUp() public override {
        super.setUp();
        _fund(PAYER, 100 ether);
        audit = _open(id);
    }

    function _open(AgreementId agreement) private returns (uint256) {
        vm.prank(PAYER);
        return audits.openAudit(agreement, PAYER);
    }

    function _openCall() private view returns (Call memory) {
        return Call(PAYER, address(audits), abi.encodeCall(audits.openAudit, (id, PAYER)));
    }

    function _answerCall(uint256 which) private view returns (Call memory) {
        bytes memory data = abi.encodeCall(audits.answer, (which, _answerTo(which)));
        return Call(address(this), address(audits), data);
    }

    function _closeCall(uint256 which) private view returns (Call memory) {
        return Call(address(this), address(audits), abi.encodeCall(audits.close, (which)));
    }

    function _notOpen(uint256 which) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IAudits.Audits_NotOpen.selector, which);
    }

    // ------------------------------------------------------------ boundaries

    /// @dev Around the block that the leaves follow from, and around the deadline.
    function test_AnswerBoundaries() public {
        uint256 opened = audits.audits(audit).openedAt;
        uint256 deadline = audits.audits(audit).deadline;
        assertEq(deadline, opened + AUDIT_WINDOW);
        bytes memory unseeded = abi.encodeWithSelector(IAudits.Audits_NoSeedYet.selector, audit, opened);
        bytes memory late = abi.encodeWithSelector(IAudits.Audits_TooLate.selector, audit, deadline, deadline + 1);
        uint256[5] memory blocks = [opened, opened + 1, deadline - 1, deadline, deadline + 1];
        bytes[5] memory errors = [unseeded, OK, OK, OK, late];
        for (uint256 i; i < 5; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.roll(blocks[i]);
            _expect(_answerCall(audit), errors[i], vm.toString(i));
            vm.revertToState(snapshot);
        }
    }

    function test_CloseBoundaries() public {
        uint256 deadline = audits.audits(audit).deadline;
        bytes4 open = IAudits.Audits_StillOpen.selector;
        for (uint256 i; i < 3; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.roll(deadline + i - 1);
            bytes memory err = abi.encodeWithSelector(open, audit, deadline, block.number);
            _expect(_closeCall(audit), i == 2 ? OK : err, vm.toString(i));
            vm.revertToState(snapshot);
        }
    }

    /// @dev A window that ends with the last block of the term, and one that ends a block later. Nobody challenges just before the end.
    function test_OpenBoundaries() public {
        uint256 last = proofs.openingBlock(end) - 1;
        bytes4 short = IAudits.Audits_TermTooShort.selector;
        for (uint256 i; i < 3; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.roll(last - AUDIT_WINDOW + i - 1);
            bytes memory err = abi.encodeWithSelector(short, id, block.number + AUDIT_WINDOW, last);
            _expect(_openCall(), i == 2 ? err : OK, vm.toString(i));
            vm.revertToState(snapshot);
        }
    }

    /// @dev Maintenance declared before puts the window off, whole; declared after the audit it does nothing.
    function test_MaintenanceBoundaries() public {
        uint256 deadline = audits.audits(audit).deadline;
        vm.prank(holder.operator);
        proofs.declareMaintenance(holder.id, start, 1);
        assertEq(audits.audits(audit).deadline, deadline);
        uint256 second = _open(id);
        assertEq(audits.audits(second).deadline, proofs.openingBlock(start + 1) + AUDIT_WINDOW);
    }

    /// @dev [7] [8] Put off, an audit's leaves are drawn when its window opens. Drawn before, they would change under the provider's hands once the
    /// chain forgot their block, and it could wait for leaves that it still has.
    function test_PutOffIsDrawnWhenTheWindowOpens() public {
        vm.prank(holder.operator);
        proofs.declareMaintenance(holder.id, start, 2);
        uint256 second = _open(id);
        uint256 drawnAt = proofs.openingBlock(start + 2);
        assertEq(audits.audits(second).openedAt, drawnAt);
        vm.roll(drawnAt);
        assertEq(audits.leavesOf(second).length, 0);
        bytes memory data = abi.encodeCall(audits.answer, (second, ""));
        bytes memory unseeded = abi.encodeWithSelector(IAudits.Audits_NoSeedYet.selector, second, drawnAt);
        _expect(Call(PAYER, address(audits), data), unseeded, "before it is drawn");
        vm.roll(drawnAt + 1);
        bytes32 leaves = keccak256(abi.encode(audits.leavesOf(second)));
        vm.roll(audits.audits(second).deadline);
        assertEq(keccak256(abi.encode(audits.leavesOf(second))), leaves);
        _expect(_answerCall(second), OK, "in the last block");
    }

    // ------------------------------------------------------------------- griefing

    function test_RevertWhen_TooManyAreOpen() public {
        _open(id);
        bytes4 err = IAgreements.Agreements_TooManyAudits.selector;
        bytes memory full = abi.encodeWithSelector(err, id, AUDIT_MAX_OPEN, AUDIT_MAX_OPEN);
        _expect(_openCall(), full, "a third");
        vm.roll(block.number + 1);
        _expect(_answerCall(audit), OK, "answering one");
        _expect(_openCall(), OK, "makes room for one");
        _expect(_openCall(), full, "and no more");
    }

    /// @dev Provider and challenger in one hand lose the burned share with every answer; the count of answers is not free.
    function test_SelfAuditsCostTheBurn() public {
        uint256 before = escrow.availableOf(holder.operator) + escrow.availableOf(PAYER);
        for (uint256 i; i < 5; ++i) {
            vm.roll(block.number + 1);
            _expect(_answerCall(audit), OK, "answering");
            if (i != 4) audit = _open(id);
        }
        uint256 together = escrow.availableOf(holder.operator) + escrow.availableOf(PAYER);
        // The first bond was locked before.
        assertEq(before + AUDIT_BOND - together, 5 * BURNED);
        assertEq(reputation.records(holder.id).audited, 5);
        _assertConserved();
    }

    /// @dev Provider, challenger and client in one hand lose what is burned of the collateral when they let an audit fail.
    function test_SelfFailedAuditCostsTheBurnedCollateral() public {
        uint256 before = _together();
        vm.roll(block.number + AUDIT_WINDOW + 1);
        _expect(_closeCall(audit), OK, "closing");
        (, uint96 burned) = escrow.accounts(0);
        assertEq(before - _together(), COLLATERAL - (COLLATERAL * 7_000) / 10_000);
        assertGe(burned, before - _together());
        _assertConserved();
    }

    function _together() private view returns (uint256) {
        return
            escrow.availableOf(holder.operator) +
            escrow.availableOf(PAYER) +
            escrow.availableOf(client) +
            collateral.stakes(holder.id).free +
            collateral.stakes(holder.id).locked +
            escrow.lockedBy(address(agreements)) +
            escrow.lockedBy(address(audits));
    }

    /// @dev An agreement that is over pays no challenger: the bond comes back, whole, and nothing else.
    function test_VoidedBondComesBackWhole() public {
        uint256 before = escrow.availableOf(PAYER);
        _expect(_concedeCall(), OK, "conceding");
        vm.roll(block.number + 1);
        bytes memory over = abi.encodeWithSelector(IAudits.Audits_AgreementOver.selector, audit, id);
        bytes memory data = abi.encodeCall(audits.answer, (audit, ""));
        _expect(Call(PAYER, address(audits), data), over, "answering");
        _expect(_closeCall(audit), OK, "closing");
        assertEq(escrow.availableOf(PAYER) - before, AUDIT_BOND);
        _expect(_closeCall(audit), _notOpen(audit), "twice");
        _assertConserved();
    }

    /// @dev With an audit open the provider neither hands over nor lets the agreement be kept; its own admission it may always give.
    function test_OpenAuditBlocksTheWaysOut() public {
        bytes4 err = IAgreements.Agreements_AuditsOpen.selector;
        bytes memory open = abi.encodeWithSelector(err, id, 1);
        _expect(_handOverCall(_handover()), open, "handing over");
        _expect(_noticeCall(), OK, "notice by the client");
        uint32 over = agreements.agreements(id).startPeriod + agreements.agreements(id).periods;
        uint256 snapshot = vm.snapshotState();
        _toPeriod(start);
        _prove(holder.id);
        vm.roll(proofs.openingBlock(over));
        // The window of an audit that was opened before the notice may be longer than what is left.
        if (block.number <= audits.audits(audit).deadline) _expect(_endCall(), open, "ending");
        vm.roll(audits.audits(audit).deadline + 1);
        _expect(_closeCall(audit), OK, "overdue");
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Failed));
        vm.revertToState(snapshot);
        _expect(_concedeCall(), OK, "conceding");
    }

    // -------------------------------------------------------------------- replay

    function test_RevertWhen_AnsweredTwice() public {
        vm.roll(block.number + 1);
        Call memory answer = _answerCall(audit);
        _expect(answer, OK, "once");
        _expect(answer, _notOpen(audit), "twice");
        _expect(_closeCall(audit), _notOpen(audit), "closed");
    }

    /// @dev Each audit has leaves of its own, also when two are opened in one block; and on another chain they are others.
    function test_LeavesAreBoundToAuditAndChain() public {
        uint256 second = _open(id);
        vm.roll(block.number + 1);
        bytes32 leaves = keccak256(abi.encode(audits.leavesOf(audit)));
        assertNotEq(keccak256(abi.encode(audits.leavesOf(second))), leaves);
        vm.chainId(block.chainid + 1);
        assertNotEq(keccak256(abi.encode(audits.leavesOf(audit))), leaves);
    }

    /// @dev The leaves stay once somebody had their seed fixed, whatever happens to the chain's memory of the block.
    function test_LeavesOfAFixedSeedStay() public {
        uint256 opened = audits.audits(audit).openedAt;
        vm.roll(opened + 1);
        randomness.seedOf(opened);
        bytes32 leaves = keccak256(abi.encode(audits.leavesOf(audit)));
        vm.roll(opened + 10_000);
        assertEq(keccak256(abi.encode(audits.leavesOf(audit))), leaves);
    }
}
