// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {CallTable} from "../support/CallTable.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAudits} from "../../../contracts/interfaces/IAudits.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Escrow and audits, one argument changed at a time: each with its exact error.
contract SingleFieldMoneyTest is CallTable {
    address private constant KEY = address(0x5E55);

    function setUp() public override {
        super.setUp();
        _fund(PAYER, 1_000 ether);
        token.transfer(PAYER, 10 ether);
        vm.prank(PAYER);
        token.approve(address(escrow), 5 ether);
    }

    function _escrowCall(bytes memory data) private view returns (Call memory) {
        return Call(PAYER, address(escrow), data);
    }

    // ------------------------------------------------------------------ escrow

    function _depositFails(bytes memory data, bytes memory err) private {
        _with(_escrowCall(abi.encodeCall(escrow.deposit, (PAYER, 1 ether))), data, err);
    }

    function test_RevertWhen_DepositingForNobody() public {
        bytes memory err = abi.encodeWithSelector(IEscrow.Escrow_ZeroAddress.selector);
        _depositFails(abi.encodeCall(escrow.deposit, (address(0), 1 ether)), err);
    }

    function test_RevertWhen_DepositingNothing() public {
        bytes memory err = abi.encodeWithSelector(IEscrow.Escrow_ZeroAmount.selector);
        _depositFails(abi.encodeCall(escrow.deposit, (PAYER, 0)), err);
    }

    function test_RevertWhen_DepositingMoreThanIsAllowed() public {
        bytes4 err = IERC20Errors.ERC20InsufficientAllowance.selector;
        _depositFails(
            abi.encodeCall(escrow.deposit, (PAYER, 6 ether)),
            abi.encodeWithSelector(err, address(escrow), 5 ether, 6 ether)
        );
    }

    function test_RevertWhen_DepositingMoreThanTheCap() public {
        bytes4 err = IEscrow.Escrow_CapExceeded.selector;
        _depositFails(
            abi.encodeCall(escrow.deposit, (PAYER, type(uint256).max)),
            abi.encodeWithSelector(err, type(uint256).max, type(uint96).max)
        );
    }

    function test_RevertWhen_DepositingNothingByPermit() public {
        bytes memory valid = abi.encodeCall(escrow.depositWithPermit, (1 ether, block.timestamp, 27, 0, 0));
        bytes memory changed = abi.encodeCall(escrow.depositWithPermit, (0, block.timestamp, 27, 0, 0));
        _with(_escrowCall(valid), changed, abi.encodeWithSelector(IEscrow.Escrow_ZeroAmount.selector));
    }

    function _withdrawFails(bytes memory data, bytes memory err) private {
        _with(_escrowCall(abi.encodeCall(escrow.withdraw, (PAYER, 1_000 ether))), data, err);
    }

    function test_RevertWhen_WithdrawingToNobody() public {
        bytes memory err = abi.encodeWithSelector(IEscrow.Escrow_ZeroAddress.selector);
        _withdrawFails(abi.encodeCall(escrow.withdraw, (address(0), 1_000 ether)), err);
    }

    function test_RevertWhen_WithdrawingToTheEscrow() public {
        bytes memory err = abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, 0, 1_000 ether);
        _withdrawFails(abi.encodeCall(escrow.withdraw, (address(escrow), 1_000 ether)), err);
    }

    function test_RevertWhen_WithdrawingNothing() public {
        bytes memory err = abi.encodeWithSelector(IEscrow.Escrow_ZeroAmount.selector);
        _withdrawFails(abi.encodeCall(escrow.withdraw, (PAYER, 0)), err);
    }

    function test_RevertWhen_WithdrawingAWeiTooMuch() public {
        bytes4 err = IEscrow.Escrow_InsufficientBalance.selector;
        _withdrawFails(
            abi.encodeCall(escrow.withdraw, (PAYER, 1_000 ether + 1)),
            abi.encodeWithSelector(err, PAYER, 1_000 ether, 1_000 ether + 1)
        );
    }

    function test_RevertWhen_WithdrawingWithoutAnAccount() public {
        Call memory valid = _escrowCall(abi.encodeCall(escrow.withdraw, (PAYER, 1_000 ether)));
        _byAnother(valid, KEY, abi.encodeWithSelector(IEscrow.Escrow_NoAccount.selector, KEY));
    }

    function _notAMarketContract(bytes memory data) private {
        Call memory valid = Call(address(agreements), address(escrow), data);
        _byAnother(valid, PAYER, abi.encodeWithSelector(IEscrow.Escrow_NotAMarketContract.selector, PAYER));
    }

    function test_RevertWhen_LockedByAStranger() public {
        _notAMarketContract(abi.encodeCall(escrow.lock, (PAYER, 1, 1)));
    }

    function test_RevertWhen_LockedByAStrangerForAKey() public {
        _notAMarketContract(abi.encodeCall(escrow.lockBy, (PAYER, PAYER, 1, 1)));
    }

    function test_RevertWhen_ReleasedByAStranger() public {
        _notAMarketContract(abi.encodeCall(escrow.release, (1, 1, 0, 0)));
    }

    function test_RevertWhen_ReleasingAWeiMoreThanIsLocked() public {
        uint256 locked = escrow.lockedBy(address(agreements));
        Call memory valid = Call(
            address(agreements),
            address(escrow),
            abi.encodeCall(escrow.release, (1, locked - 1, 2, 1))
        );
        bytes4 err = IEscrow.Escrow_InsufficientLock.selector;
        _with(
            valid,
            abi.encodeCall(escrow.release, (1, locked, 2, 1)),
            abi.encodeWithSelector(err, address(agreements), locked, locked + 1)
        );
    }

    // ---------------------------------------------------------------- sessions

    function _session() private view returns (Call memory) {
        uint40 expiry = uint40(block.timestamp + 1);
        return _escrowCall(abi.encodeCall(escrow.authorizeSession, (KEY, 1 ether, expiry)));
    }

    function _invalid(address key, uint96 budget, uint40 expiry, string memory field) private {
        bytes memory data = abi.encodeCall(escrow.authorizeSession, (key, budget, expiry));
        _with(_session(), data, abi.encodeWithSelector(IEscrow.Escrow_InvalidSession.selector, field));
    }

    function test_RevertWhen_SessionKeyIsZero() public {
        _invalid(address(0), 1 ether, uint40(block.timestamp + 1), "key");
    }

    function test_RevertWhen_SessionKeyIsTheOwner() public {
        _invalid(PAYER, 1 ether, uint40(block.timestamp + 1), "key");
    }

    function test_RevertWhen_SessionHasNoBudget() public {
        _invalid(KEY, 0, uint40(block.timestamp + 1), "budget");
    }

    function test_RevertWhen_SessionHasExpired() public {
        _invalid(KEY, 1 ether, uint40(block.timestamp), "expiry");
    }

    function _authorize() private {
        vm.prank(PAYER);
        escrow.authorizeSession(KEY, 2 ether, uint40(block.timestamp + 1));
    }

    function test_RevertWhen_RevokingAnothersSession() public {
        _authorize();
        Call memory valid = _escrowCall(abi.encodeCall(escrow.revokeSession, (KEY)));
        _byAnother(valid, client, abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, KEY, 0));
    }

    function test_RevertWhen_RevokingAnotherKey() public {
        _authorize();
        Call memory valid = _escrowCall(abi.encodeCall(escrow.revokeSession, (KEY)));
        bytes memory err = abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, PAYER, client, 0);
        _with(valid, abi.encodeCall(escrow.revokeSession, (client)), err);
    }

    function test_RevertWhen_SpendingAWeiMoreThanTheBudget() public {
        _authorize();
        Call memory valid = Call(
            KEY,
            address(collateral),
            abi.encodeCall(collateral.stake, (holder.id, PAYER, 2 ether))
        );
        bytes4 err = IEscrow.Escrow_SessionBudgetExceeded.selector;
        _with(
            valid,
            abi.encodeCall(collateral.stake, (holder.id, PAYER, 2 ether + 1)),
            abi.encodeWithSelector(err, PAYER, KEY, 2 ether, 2 ether + 1)
        );
    }

    function test_RevertWhen_SpendingForAnotherOwner() public {
        _authorize();
        Call memory valid = Call(
            KEY,
            address(collateral),
            abi.encodeCall(collateral.stake, (holder.id, PAYER, 1 ether))
        );
        _with(
            valid,
            abi.encodeCall(collateral.stake, (holder.id, client, 1 ether)),
            abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, KEY, 0)
        );
    }

    // ------------------------------------------------------------------ audits

    function _openCall() private view returns (Call memory) {
        return Call(PAYER, address(audits), abi.encodeCall(audits.openAudit, (id, PAYER)));
    }

    function test_RevertWhen_AuditingAnUnknownAgreement() public {
        AgreementId unknown = AgreementId.wrap((uint64(1) << 32) | 9);
        bytes4 err = IAgreements.Agreements_NotActive.selector;
        _with(
            _openCall(),
            abi.encodeCall(audits.openAudit, (unknown, PAYER)),
            abi.encodeWithSelector(err, unknown, IAgreements.Status.None)
        );
    }

    function test_RevertWhen_AuditingOutOfAnothersAccount() public {
        _with(
            _openCall(),
            abi.encodeCall(audits.openAudit, (id, client)),
            abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, PAYER, 0)
        );
    }

    function test_RevertWhen_AuditingWithoutTheBond() public {
        vm.prank(PAYER);
        escrow.withdraw(PAYER, 1_000 ether - AUDIT_BOND);
        Call memory call = _openCall();
        uint256 snapshot = vm.snapshotState();
        _expect(call, OK, "with just enough");
        vm.revertToState(snapshot);
        vm.prank(PAYER);
        escrow.withdraw(PAYER, 1);
        bytes4 err = IEscrow.Escrow_InsufficientBalance.selector;
        _expect(call, abi.encodeWithSelector(err, PAYER, AUDIT_BOND - 1, AUDIT_BOND), "with a wei less");
    }

    function test_RevertWhen_AnsweringAnUnknownAudit() public {
        _expect(_openCall(), OK, "opening");
        vm.roll(block.number + 1);
        bytes memory answer = _answerTo(1);
        Call memory valid = Call(PAYER, address(audits), abi.encodeCall(audits.answer, (1, answer)));
        bytes memory err = abi.encodeWithSelector(IAudits.Audits_NotOpen.selector, 2);
        _with(valid, abi.encodeCall(audits.answer, (2, answer)), err);
    }

    function test_RevertWhen_AnsweringWithNothing() public {
        _expect(_openCall(), OK, "opening");
        vm.roll(block.number + 1);
        bytes memory answer = _answerTo(1);
        Call memory valid = Call(PAYER, address(audits), abi.encodeCall(audits.answer, (1, answer)));
        bytes32 root = proofs.rootOf(AgreementId.unwrap(id));
        bytes memory err = abi.encodeWithSelector(IAudits.Audits_WrongRoot.selector, 0, bytes32(0), root);
        _with(valid, abi.encodeCall(audits.answer, (1, "")), err);
    }

    function test_RevertWhen_AnsweringWithAByteTooMuch() public {
        _expect(_openCall(), OK, "opening");
        vm.roll(block.number + 1);
        bytes memory answer = _answerTo(1);
        Call memory valid = Call(PAYER, address(audits), abi.encodeCall(audits.answer, (1, answer)));
        bytes4 err = IAudits.Audits_WrongLength.selector;
        _with(
            valid,
            abi.encodeCall(audits.answer, (1, bytes.concat(answer, hex"00"))),
            abi.encodeWithSelector(err, answer.length + 1, answer.length)
        );
    }

    function test_RevertWhen_ClosingAnUnknownAudit() public {
        _expect(_openCall(), OK, "opening");
        vm.roll(block.number + AUDIT_WINDOW + 1);
        Call memory valid = Call(PAYER, address(audits), abi.encodeCall(audits.close, (1)));
        bytes memory err = abi.encodeWithSelector(IAudits.Audits_NotOpen.selector, 0);
        _with(valid, abi.encodeCall(audits.close, (0)), err);
    }
}
