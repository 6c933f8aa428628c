// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {TokenMatrix} from "./TokenMatrix.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {BlocklistToken} from "../../../contracts/mocks/BlocklistToken.sol";
import {CallbackToken} from "../../../contracts/mocks/CallbackToken.sol";
import {FeeOnTransferToken} from "../../../contracts/mocks/FeeOnTransferToken.sol";
import {BlindToken, ConstantBalanceToken, RebasingToken} from "../../../contracts/mocks/HostileBalances.sol";
import {
    DeafPermitToken,
    GasBombPermitToken,
    NoPermitToken,
    ReturnBombPermitToken
} from "../../../contracts/mocks/HostilePermits.sol";
import {
    BrickedToken,
    GasBombToken,
    GenerousToken,
    PausedToken,
    ReturnBombToken,
    SilentToken,
    ZeroRefusingToken
} from "../../../contracts/mocks/HostileTransfers.sol";
import {NoReturnToken} from "../../../contracts/mocks/NoReturnToken.sol";
import {ReturnsFalseToken} from "../../../contracts/mocks/ReturnsFalseToken.sol";

/// @notice 24 kinds of hostile tokens, each against 25 paths of money.
contract TokenZooTest is TokenMatrix {
    function _delivered(uint256 amount, uint256 expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IEscrow.Escrow_UnexpectedDelivery.selector, amount, expected);
    }

    /// @dev Neither deposits nor withdrawals work, for one reason.
    function _useless(
        bytes memory code,
        function() internal prepare,
        function(uint256) internal view returns (bytes memory) err
    ) private {
        Kind memory kind = _kind(code);
        (kind.prepare, kind.depositError, kind.sendError) = (prepare, err, err);
        _everyPath(kind);
    }

    function _any(uint256) private pure returns (bytes memory) {
        return ANY;
    }

    // -------------------------------------------------------------------- fees

    function test_FeeFromTheDelivered() public {
        Kind memory kind = _kind(address(new FeeOnTransferToken(address(1), 0)).code);
        (kind.prepare, kind.depositError) = (_feeFromTheDelivered, _lessAHundredth);
        _everyPath(kind);
    }

    function _feeFromTheDelivered() private {
        FeeOnTransferToken(address(token)).setFee(100, false);
    }

    function _lessAHundredth(uint256 amount) private pure returns (bytes memory) {
        return _delivered(amount - amount / 100, amount);
    }

    function test_FeeOnTop() public {
        Kind memory kind = _kind(address(new FeeOnTransferToken(address(1), 0)).code);
        (kind.prepare, kind.sendError) = (_feeOnTop, _moreByAHundredth);
        _everyPath(kind);
    }

    function _feeOnTop() private {
        FeeOnTransferToken(address(token)).setFee(100, true);
    }

    function _moreByAHundredth(uint256 amount) private pure returns (bytes memory) {
        return _delivered(amount + amount / 100, amount);
    }

    // ---------------------------------------------------------------- balances

    /// @dev What a rebase adds belongs to nobody and stays.
    function test_RebasedUp() public {
        Kind memory kind = _kind(address(new RebasingToken()).code);
        (kind.prepare, kind.percent) = (_double, 200);
        _everyPath(kind);
    }

    function _double() private {
        RebasingToken(address(token)).rebase(200);
    }

    /// @dev What a rebase takes is missing to whoever leaves last: the documentation refuses such tokens, code cannot see them coming.
    function test_RebasedDown() public {
        Kind memory kind = _kind(address(new RebasingToken()).code);
        (kind.prepare, kind.percent) = (_halve, 50);
        _everyPath(kind);
    }

    function _halve() private {
        RebasingToken(address(token)).rebase(50);
    }

    /// @dev Shares that do not divide: a wei is lost on the way.
    function test_RebasedWithARest() public {
        Kind memory kind = _kind(address(new RebasingToken()).code);
        (kind.prepare, kind.percent, kind.depositError, kind.sendError) = (_triple, 300, _lessTheRest, _lessTheRest);
        _everyPath(kind);
    }

    function _triple() private {
        RebasingToken(address(token)).rebase(300);
    }

    function _lessTheRest(uint256 amount) private pure returns (bytes memory) {
        return _delivered(amount - (amount % 3), amount);
    }

    function test_RebasingUpInATransfer() public {
        Kind memory kind = _kind(address(new RebasingToken()).code);
        (kind.prepare, kind.depositError, kind.sendError) = (_doubleInTransfer, _allTwice, _nothingDelivered);
        _everyPath(kind);
    }

    function _doubleInTransfer() private {
        RebasingToken(address(token)).rebase(100);
        RebasingToken(address(token)).rebaseInTransfer(200);
    }

    function _allTwice(uint256 amount) private view returns (bytes memory) {
        return _delivered(_stored() + 2 * amount, amount);
    }

    function _nothingDelivered(uint256 amount) private pure returns (bytes memory) {
        return _delivered(0, amount);
    }

    function test_RebasingDownInATransfer() public {
        Kind memory kind = _kind(address(new RebasingToken()).code);
        (kind.prepare, kind.depositError, kind.sendError) = (_halveInTransfer, _nothingDelivered, _halfOfAll);
        _everyPath(kind);
    }

    function _halveInTransfer() private {
        RebasingToken(address(token)).rebase(100);
        RebasingToken(address(token)).rebaseInTransfer(50);
    }

    function _halfOfAll(uint256 amount) private view returns (bytes memory) {
        return _delivered(_stored() - (_stored() - amount) / 2, amount);
    }

    function test_SameBalanceForEverybody() public {
        _useless(address(new ConstantBalanceToken()).code, _nothing, _nothingDelivered);
    }

    function test_NoBalanceForAnybody() public {
        _useless(address(new BlindToken()).code, _nothing, _blind);
    }

    function _blind(uint256) private pure returns (bytes memory) {
        return abi.encodeWithSelector(BlindToken.BlindToken_Blind.selector);
    }

    // --------------------------------------------------------------- transfers

    function test_AnswersFalse() public {
        _useless(address(new ReturnsFalseToken(address(1), 0)).code, _refuse, _failedOperation);
    }

    function _refuse() private {
        ReturnsFalseToken(address(token)).setRefuses(true);
    }

    function _failedOperation(uint256) private view returns (bytes memory) {
        return abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token);
    }

    function test_AnswersNothing() public {
        _everyPath(_kind(address(new NoReturnToken(address(1), 0)).code));
    }

    function test_AnswersTrueAndMovesNothing() public {
        _useless(address(new SilentToken()).code, _nothing, _nothingDelivered);
    }

    function test_MovesAWeiTooMuch() public {
        _useless(address(new GenerousToken()).code, _nothing, _aWeiTooMuch);
    }

    function _aWeiTooMuch(uint256 amount) private pure returns (bytes memory) {
        return _delivered(amount + 1, amount);
    }

    /// @dev The market never moves nothing.
    function test_RefusesToMoveNothing() public {
        _everyPath(_kind(address(new ZeroRefusingToken()).code));
    }

    function test_Paused() public {
        _useless(address(new PausedToken()).code, _nothing, _paused);
    }

    function _paused(uint256) private pure returns (bytes memory) {
        return abi.encodeWithSelector(PausedToken.PausedToken_Paused.selector);
    }

    /// @dev Only the ways in and out are closed.
    function test_BlocksTheEscrow() public {
        _useless(address(new BlocklistToken(address(1), 0)).code, _blockEscrow, _escrowBlocked);
    }

    function _blockEscrow() private {
        BlocklistToken(address(token)).setBlocked(address(escrow), true);
    }

    function _escrowBlocked(uint256) private view returns (bytes memory) {
        return abi.encodeWithSelector(BlocklistToken.BlocklistToken_Blocked.selector, escrow);
    }

    function test_Reenters() public {
        _useless(address(new CallbackToken(address(1), 0)).code, _reenter, _reentrant);
    }

    function _reenter() private {
        CallbackToken(address(token)).setCallback(address(escrow), abi.encodeCall(escrow.sweepBurned, ()));
    }

    function _reentrant(uint256) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
    }

    function test_AnswersAHundredThousandBytes() public {
        _everyPath(_kind(address(new ReturnBombToken()).code));
    }

    function test_BurnsAllGas() public {
        _useless(address(new GasBombToken()).code, _nothing, _any);
    }

    function test_RevertsWhateverItIsAsked() public {
        _useless(address(new BrickedToken()).code, _nothing, _any);
    }

    // ----------------------------------------------------------------- permits

    function test_PermitReverts() public {
        _everyPath(_kind(address(new NoPermitToken()).code));
    }

    /// @dev Of what a permit is given the escrow keeps a 64th, and has to deposit with it.
    function test_PermitBurnsAllGas() public {
        Kind memory kind = _kind(address(new GasBombPermitToken()).code);
        kind.gas = 16_000_000;
        _everyPath(kind);
    }

    function test_PermitRevertsWithAHundredThousandBytes() public {
        _everyPath(_kind(address(new ReturnBombPermitToken()).code));
    }

    function test_PermitGrantsNothing() public {
        _everyPath(_kind(address(new DeafPermitToken()).code));
    }
}
