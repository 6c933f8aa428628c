// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ReentrancyCalls} from "./ReentrancyCalls.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {HookedToken, IHookListener} from "../../../contracts/mocks/HostileTransfers.sol";

/// @notice [18] The token calls an actor before and after each move, who then calls every function of every contract that changes anything,
/// with every right that an actor can have. Each call either is refused, or leaves what the
/// same two calls one after the other leave; and at every instant the escrow has what its views say that it owes.
contract ReentrancyTest is ReentrancyCalls, IHookListener {
    uint256 private constant _NONE = type(uint256).max;

    /// @dev Number of the inner call to make, and when.
    uint256 private _chosen = _NONE;
    bool private _afterMove;
    bool private _accepted;
    bytes private _returned;
    uint256 private _hooks;
    /// @dev What the outer call moves, and whether the views ever said that the escrow owes more than it has, or too little.
    uint256 private _moving;
    bool private _lied;

    function setUp() public override {
        super.setUp();
        vm.etch(address(token), address(new HookedToken()).code);
        HookedToken(address(token)).setListener(address(this));
    }

    // -------------------------------------------------------------------- hook

    /// @inheritdoc IHookListener
    function onHook(bool moved) external {
        uint256 owed = _owed();
        uint256 held = token.balanceOf(address(escrow));
        if (held < owed || held > owed + _moving) _lied = true;
        // Once: the calls made from here move tokens too, if they can.
        if (_chosen == _NONE || moved != _afterMove || ++_hooks != 1) return;
        Call memory inner = _inner[_chosen];
        (_accepted, _returned) = inner.target.call(inner.data);
        if (token.balanceOf(address(escrow)) < _owed()) _lied = true;
    }

    // ------------------------------------------------------------------- tests

    function test_FromDeposits() public {
        _everyInner(_outer[0], AMOUNT);
    }

    function test_FromDepositsWithPermit() public {
        _everyInner(_outer[1], AMOUNT);
    }

    function test_FromWithdrawals() public {
        _everyInner(_outer[2], AMOUNT);
    }

    function test_FromSweeps() public {
        (, uint96 burned) = escrow.accounts(0);
        _everyInner(_outer[3], burned);
    }

    function _everyInner(Call memory outer, uint256 moving) private {
        _moving = moving;
        for (uint256 i; i < _inner.length; ++i) {
            this.compare(outer, i, false);
            this.compare(outer, i, true);
        }
    }

    /// @dev External: the memory of each comparison is given back, where one test makes hundreds.
    function compare(Call calldata outer, uint256 i, bool afterMove) external {
        Call memory inner = _inner[i];
        string memory name = string.concat(inner.name, " inside ", outer.name);
        bytes32[3] memory sequences = [_booksAfter(outer), _booksAfter(inner, outer), _booksAfter(outer, inner)];
        uint256 snapshot = vm.snapshotState();
        (_chosen, _afterMove) = (i, afterMove);
        _must(outer);
        (bool accepted, bytes memory answer, bytes32 books) = (_accepted, _returned, _books());
        assertEq(_hooks, 1, name);
        assertFalse(_lied, string.concat("views lied: ", name));
        vm.revertToState(snapshot);

        if (inner.target == address(escrow)) {
            assertFalse(accepted, name);
            assertEq(bytes4(answer), _refusal(inner), name);
            assertEq(books, sequences[0], name);
        } else {
            assertTrue(accepted, name);
            assertTrue(books == sequences[1] || books == sequences[2], name);
        }
    }

    function _refusal(Call memory inner) private view returns (bytes4) {
        bytes4 selector = bytes4(inner.data);
        bool isBookkeeping =
            selector == escrow.lock.selector ||
                selector == escrow.lockBy.selector ||
                selector == escrow.release.selector;
        return
            isBookkeeping
                ? IEscrow.Escrow_NotAMarketContract.selector
                : ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
    }

    function _booksAfter(Call memory only) private returns (bytes32 books) {
        uint256 snapshot = vm.snapshotState();
        _must(only);
        books = _books();
        vm.revertToState(snapshot);
    }

    /// @return books zero when the second is not possible after the first
    function _booksAfter(Call memory first, Call memory second) private returns (bytes32 books) {
        uint256 snapshot = vm.snapshotState();
        (bool ok, ) = first.target.call(first.data);
        if (ok) (ok, ) = second.target.call(second.data);
        if (ok) books = _books();
        vm.revertToState(snapshot);
    }

    function _must(Call memory one) private {
        (bool ok, ) = one.target.call(one.data);
        assertTrue(ok, one.name);
    }
}
