// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {Signing} from "../support/Signing.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice What a hot key can do with its owner's balance, and what a stolen one cannot.
contract SessionsTest is CallTable {
    using Signing for *;

    address private key = makeAddr("session key");
    uint40 private expiry;
    uint96 private budget;

    function setUp() public override {
        super.setUp();
        expiry = uint40(block.timestamp + 1 hours);
        // What one more agreement costs, burn included, to the wei.
        budget = uint96((RENT * TERM * 102) / 100);
        vm.prank(client);
        escrow.authorizeSession(key, budget, expiry);
    }

    /// @dev `form` by the key, of an agreement that the provider signed and the client did not.
    function _formByKey() private returns (Call memory call) {
        StorageAgreement memory a = _agreement(successor, keccak256("new"), 0, UNITS, TERM);
        a.deadline = expiry + 1 hours;
        call = _formCall(a, successor);
        call.caller = key;
    }

    function _noSession(uint256 until) private view returns (bytes memory) {
        return abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, key, until);
    }

    function test_FormsWithinItsBudget() public {
        Call memory call = _formByKey();
        vm.expectEmit(address(escrow));
        emit IEscrow.SessionSpent(client, key, budget, 0);
        _expect(call, OK, "to the wei");
        (uint96 left, ) = escrow.sessions(client, key);
        assertEq(left, 0);
        _assertConserved();
    }

    function test_RevertWhen_BudgetIsAWeiShort() public {
        vm.prank(client);
        escrow.authorizeSession(key, budget - 1, expiry);
        bytes4 err = IEscrow.Escrow_SessionBudgetExceeded.selector;
        _expect(_formByKey(), abi.encodeWithSelector(err, client, key, budget - 1, budget), "a wei short");
    }

    /// @dev Many small ones add up.
    function test_RevertWhen_BudgetIsSpentBefore() public {
        vm.startPrank(key);
        collateral.stake(holder.id, client, 1);
        vm.stopPrank();
        bytes4 err = IEscrow.Escrow_SessionBudgetExceeded.selector;
        _expect(_formByKey(), abi.encodeWithSelector(err, client, key, budget - 1, budget), "after a wei");
    }

    /// @dev [12]
    function test_EndsWithItsExpiry() public {
        Call memory call = _formByKey();
        vm.warp(expiry - 1);
        uint256 snapshot = vm.snapshotState();
        _expect(call, OK, "a second before");
        vm.revertToState(snapshot);
        vm.warp(expiry);
        _expect(call, _noSession(expiry), "at the expiry");
        vm.warp(expiry + 1);
        _expect(call, _noSession(expiry), "a second after");
    }

    function test_RevertWhen_Revoked() public {
        vm.prank(client);
        escrow.revokeSession(key);
        _expect(_formByKey(), _noSession(0), "revoked");
    }

    /// @dev A second session replaces the first: budgets do not add up.
    function test_ReplacesAndDoesNotAdd() public {
        vm.prank(client);
        escrow.authorizeSession(key, 5, expiry + 1);
        (uint96 left, uint40 until) = escrow.sessions(client, key);
        assertEq(left, 5);
        assertEq(until, expiry + 1);
    }

    function test_RevertWhen_AnotherKeyUsesIt() public {
        Call memory call = _formByKey();
        address other = makeAddr("another key");
        call.caller = other;
        _expect(call, abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, other, 0), "another key");
    }

    /// @dev The key of a key is no key.
    function test_RevertWhen_AKeyAuthorizesAnother() public {
        address other = makeAddr("another key");
        vm.prank(key);
        escrow.authorizeSession(other, budget, expiry);
        Call memory call = _formByKey();
        call.caller = other;
        _expect(call, abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, other, 0), "a key's key");
    }

    /// @dev It is no signer: a batch that it signed, sent by anyone, is not the client's, with whatever session.
    function test_RevertWhen_TheKeySignsForTheClient() public {
        (address hot, uint256 hotKey) = makeAddrAndKey("hot");
        vm.prank(client);
        escrow.authorizeSession(hot, budget, expiry);
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = _agreement(successor, keccak256("new"), 0, UNITS, TERM);
        signatures[0] = _sign(successor.nodeKey, _agreementsDigest(list[0].hashOf()));
        bytes memory signature = _sign(hotKey, _agreementsDigest(list.hashOf()));
        Call memory call = Call(
            hot,
            address(agreements),
            abi.encodeCall(agreements.form, (list, signatures, signature))
        );
        bytes4 err = IAgreements.Agreements_BadClientSignature.selector;
        _expect(call, abi.encodeWithSelector(err, client), "signed by the key");
        call.data = abi.encodeCall(agreements.form, (list, signatures, ""));
        _expect(call, OK, "called by the key");
    }

    function test_RenewsAndTopsUp() public {
        Call memory renew = _renewCall(_renewal());
        renew.caller = key;
        uint96 cost = uint96((RENT * 3 * 102) / 100);
        _expect(renew, OK, "renewing");
        (uint96 left, ) = escrow.sessions(client, key);
        assertEq(left, budget - cost);
        bytes memory data = abi.encodeCall(agreements.topUp, (id, client, 2, holder.askId));
        _expect(Call(key, address(agreements), data), OK, "topping up");
        (left, ) = escrow.sessions(client, key);
        assertEq(left, 0);
        assertEq(agreements.agreements(id).periods, TERM + 5);
        _assertConserved();
    }

    /// @dev What moves money out, or another's agreements, is not the key's to do.
    function test_RevertWhen_TheKeyDoesMore() public {
        bytes memory withdraw = abi.encodeCall(escrow.withdraw, (key, 1));
        _expect(
            Call(key, address(escrow), withdraw),
            abi.encodeWithSelector(IEscrow.Escrow_NoAccount.selector, key),
            "withdraw"
        );
        bytes4 notClient = IAgreements.Agreements_NotClient.selector;
        bytes memory notice = abi.encodeCall(agreements.giveNotice, (id));
        _expect(Call(key, address(agreements), notice), abi.encodeWithSelector(notClient, id, key), "giveNotice");
        bytes memory revoke = abi.encodeCall(agreements.revokeNonces, (0, type(uint256).max));
        _expect(Call(key, address(agreements), revoke), OK, "its own nonces only");
        assertFalse(agreements.isNonceUsed(client, 200));
    }

    /// @dev A stolen key, with a provider of the thief's own, gets the budget and not a wei more, whatever it does.
    function test_AStolenKeyCostsItsBudgetAtMost() public {
        uint256 before = escrow.availableOf(client);
        vm.startPrank(key);
        collateral.stake(successor.id, client, budget / 2);
        agreements.topUp(id, client, 1, holder.askId);
        vm.stopPrank();
        (uint96 left, ) = escrow.sessions(client, key);
        bytes memory all = abi.encodeCall(collateral.stake, (successor.id, client, uint256(left) + 1));
        bytes4 err = IEscrow.Escrow_SessionBudgetExceeded.selector;
        _expect(
            Call(key, address(collateral), all),
            abi.encodeWithSelector(err, client, key, left, uint256(left) + 1),
            "a wei more"
        );
        assertEq(before - escrow.availableOf(client), budget - left);
    }

    /// @dev The renewal's nonce belongs to the client, whoever calls: a key cannot use one message twice.
    function test_RevertWhen_TheKeyUsesARenewalTwice() public {
        Renewal memory r = _renewal();
        r.periods = 1;
        Call memory renew = _renewCall(r);
        renew.caller = key;
        _expect(renew, OK, "once");
        bytes4 err = IAgreements.Agreements_NonceUsed.selector;
        _expect(renew, abi.encodeWithSelector(err, client, r.nonce), "twice");
    }
}
