// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RunningMarket} from "../support/RunningMarket.sol";

/// @notice One kind of hostile token against every way that money takes. [18] [19] [20]
/// @dev The token of a running market turns hostile, as behind a proxy: its code is replaced, its storage stays. What moves no tokens must
/// leave the same books as with the honest one, to the byte; what moves tokens credits what was received or reverts and leaves everything.
abstract contract TokenMatrix is RunningMarket {
    /// @param code that the token gets
    /// @param prepare sets the new code up
    /// @param depositError what deposits of an amount revert with; nothing when they credit what was received
    /// @param sendError what withdrawals and sweeps of an amount revert with; nothing when they deliver what they debit
    /// @param percent of the stored balances that the token shows
    /// @param gas enough for everything but a bomb, which burns all of it
    struct Kind {
        bytes code;
        function() internal prepare;
        function(uint256) internal view returns (bytes memory) depositError;
        function(uint256) internal view returns (bytes memory) sendError;
        uint256 percent;
        uint256 gas;
    }

    struct Step {
        string name;
        function() internal take;
    }

    uint256 internal constant AMOUNT = 7 ether;
    /// @dev Stands for whatever the token reverts with, running out of gas included.
    bytes internal constant ANY = "any";

    address private _payer;
    uint256 private _payerKey;

    function setUp() public override {
        super.setUp();
        (_payer, _payerKey) = makeAddrAndKey("payer");
        token.transfer(_payer, 100 ether);
        token.approve(address(escrow), AMOUNT);
        // The allowance that serves when the hostile code knows no permits.
        vm.prank(_payer);
        token.approve(address(escrow), AMOUNT);
    }

    function _kind(bytes memory code) internal pure returns (Kind memory) {
        return Kind(code, _nothing, _noError, _noError, 100, 3_000_000);
    }

    function _nothing() internal pure {}

    function _noError(uint256) internal pure returns (bytes memory) {}

    // ------------------------------------------------------------ every path

    function _everyPath(Kind memory kind) internal {
        Step[] memory steps = _steps();
        for (uint256 i; i < steps.length; ++i) {
            _sameBooks(kind, steps[i]);
        }
        _turnHostile(kind);
        uint256 snapshot = vm.snapshotState();
        _deposit(kind, address(this), bystander, abi.encodeCall(escrow.deposit, (bystander, AMOUNT)));
        vm.revertToState(snapshot);
        _depositWithPermit(kind);
        vm.revertToState(snapshot);
        _send(kind, abi.encodeCall(escrow.withdraw, (makeAddr("safe"), AMOUNT)), AMOUNT);
        vm.revertToState(snapshot);
        (, uint96 burned) = escrow.accounts(0);
        _send(kind, abi.encodeCall(escrow.sweepBurned, ()), burned);
    }

    function _steps() private pure returns (Step[] memory steps) {
        steps = new Step[](25);
        steps[0] = Step("form", _stepForm);
        steps[1] = Step("prove", _stepProve);
        steps[2] = Step("recordMisses", _stepRecordMisses);
        steps[3] = Step("settle", _stepSettle);
        steps[4] = Step("giveNotice", _stepGiveNotice);
        steps[5] = Step("renew", _stepRenew);
        steps[6] = Step("topUp", _stepTopUp);
        steps[7] = Step("handOver", _stepHandOver);
        steps[8] = Step("concede", _stepConcede);
        steps[9] = Step("end, kept", _stepEnd);
        steps[10] = Step("end, failed", _stepEndAfterFailure);
        steps[11] = Step("stake", _stepStake);
        steps[12] = Step("requestUnbond", _stepRequestUnbond);
        steps[13] = Step("withdrawUnbonded", _stepWithdrawUnbonded);
        steps[14] = Step("register", _stepRegister);
        steps[15] = Step("claimReportFee", _stepClaimReportFee);
        steps[16] = Step("openAudit", _takeOpenAudit);
        steps[17] = Step("answer", _stepAnswerAudit);
        steps[18] = Step("close, failed", _stepFailAudit);
        steps[19] = Step("close, void", _stepVoidAudit);
        steps[20] = Step("session key", _stepSession);
        steps[21] = Step("postBid", _takePostBid);
        steps[22] = Step("answerBid", _stepAnswerBid);
        steps[23] = Step("cancelBid", _stepCancelBid);
        steps[24] = Step("closeBid", _stepCloseBid);
    }

    function _takePostBid() private {
        _stepPostBid();
    }

    function _takeOpenAudit() private {
        _stepOpenAudit();
    }

    function _turnHostile(Kind memory kind) private {
        vm.etch(address(token), kind.code);
        kind.prepare();
    }

    // ---------------------------------------------------------- moving tokens

    function _depositWithPermit(Kind memory kind) private {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(_payerKey, keccak256("no permit of this token"));
        bytes memory data = abi.encodeCall(escrow.depositWithPermit, (AMOUNT, block.timestamp, v, r, s));
        _deposit(kind, _payer, _payer, data);
    }

    function _deposit(Kind memory kind, address payer, address owner, bytes memory data) private {
        uint256 credited = escrow.availableOf(owner);
        uint256 held = _held(kind);
        bool accepted = _call(kind, payer, data, kind.depositError(AMOUNT));
        assertEq(escrow.availableOf(owner) - credited, accepted ? AMOUNT : 0, "credit");
        assertEq(_held(kind) - held, accepted ? AMOUNT : 0, "received");
    }

    function _send(Kind memory kind, bytes memory data, uint256 amount) private {
        assertGt(amount, 0);
        uint256 owed = _owed();
        uint256 held = _held(kind);
        bool accepted = _call(kind, bystander, data, kind.sendError(amount));
        assertEq(owed - _owed(), accepted ? amount : 0, "debit");
        assertEq(held - _held(kind), accepted ? amount : 0, "sent");
    }

    function _call(
        Kind memory kind,
        address caller,
        bytes memory data,
        bytes memory expected
    ) private returns (bool accepted) {
        bytes32 books = _books();
        bytes memory answer;
        vm.prank(caller);
        (accepted, answer) = address(escrow).call{gas: kind.gas}(data);
        assertEq(accepted, expected.length == 0, "outcome");
        if (accepted) return true;
        if (keccak256(expected) != keccak256(ANY)) assertEq(answer, expected, "error");
        assertEq(_books(), books, "books of a refused move");
    }

    /// @dev Token wei of the escrow by the token's own storage, whatever the token says.
    function _held(Kind memory kind) private view returns (uint256) {
        return (_stored() * kind.percent) / 100;
    }

    function _stored() internal view returns (uint256) {
        return uint256(vm.load(address(token), keccak256(abi.encode(address(escrow), 0))));
    }

    // ------------------------------------------------------ moving no tokens

    function _sameBooks(Kind memory kind, Step memory step) private {
        uint256 owed = _owed();
        bytes32 before = _books();
        uint256 snapshot = vm.snapshotState();
        step.take();
        bytes32 honest = _books();
        assertNotEq(honest, before, string.concat("changes nothing: ", step.name));
        vm.revertToState(snapshot);

        _turnHostile(kind);
        step.take();
        assertEq(_books(), honest, string.concat("books after ", step.name));
        assertEq(_owed(), owed, string.concat("comes or goes with ", step.name));
        vm.revertToState(snapshot);
        assertEq(_books(), before, "snapshot");
    }
}
