// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId, StorageAgreement, StorageAgreementLib} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Everything that a session key may do in the market: form, renew, top up, stake, open audits; each out of its owner's account and its budget.
contract SessionsMarketTest is Base {
    using StorageAgreementLib for StorageAgreement;

    bytes32 private constant OBJECT = keccak256("object");
    uint32 private constant UNITS = 4;
    uint24 private constant TERM = 20;
    uint24 private constant MORE = 5;
    uint256 private constant RENT = uint256(PRICE) * UNITS;
    /// @dev Rent and burn of a form and of a renewal.
    uint256 private constant FORM_COST = (RENT * TERM * 102) / 100;
    uint256 private constant MORE_COST = (RENT * MORE * 102) / 100;

    address private key = makeAddr("key");
    address private stranger = makeAddr("stranger");
    AgreementId private id;

    function setUp() public override {
        super.setUp();
        _addProviders(2);
        id = _formNew(providers[0], OBJECT, UNITS, TERM);
        // Rich in its own right, and no session of the client's.
        _fund(stranger, 1_000 ether);
    }

    function _authorize(uint256 budget) private {
        vm.prank(client);
        escrow.authorizeSession(key, uint96(budget), uint40(block.timestamp + 1 days));
    }

    function _left() private view returns (uint256) {
        (uint96 budget, ) = escrow.sessions(client, key);
        return budget;
    }

    // ------------------------------------------------- the five ways of spending

    function _form(address sender, bytes memory clientSignature) private {
        (StorageAgreement[] memory list, bytes[] memory signatures) = _batch();
        vm.prank(sender);
        agreements.form(list, signatures, clientSignature);
    }

    function _batch() private returns (StorageAgreement[] memory list, bytes[] memory signatures) {
        list = new StorageAgreement[](1);
        signatures = new bytes[](1);
        list[0] = _agreement(providers[1], keccak256("second"), 0, UNITS, TERM);
        signatures[0] = _sign(providers[1].nodeKey, agreements.digestOf(list[0]));
    }

    function _renewal() private returns (Renewal memory) {
        return Renewal(id, client, MORE, nextNonce++, uint64(block.timestamp + 1 hours));
    }

    function _digestOf(Renewal memory r) private view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Renewal(uint64 agreement,address client,uint24 periods,uint64 nonce,uint64 deadline)"
        );
        return _digest("Stowmarket Agreements", address(agreements), keccak256(bytes.concat(typeHash, abi.encode(r))));
    }

    function _renew(address sender, bool signedByClient) private {
        Renewal memory r = _renewal();
        bytes memory byProvider = _sign(providers[0].nodeKey, _digestOf(r));
        bytes memory byClient = signedByClient ? _sign(clientKey, _digestOf(r)) : bytes("");
        vm.prank(sender);
        agreements.renew(r, byProvider, byClient);
    }

    /// @param way 0 form, 1 renew, 2 topUp, 3 stake, 4 openAudit
    function _spend(uint256 way, address sender, address owner) private {
        if (way == 0) return _form(sender, "");
        if (way == 1) return _renew(sender, false);
        vm.prank(sender);
        if (way == 2) agreements.topUp(id, owner, MORE, providers[0].askId);
        if (way == 3) collateral.stake(providers[0].id, owner, 3 ether);
        if (way == 4) audits.openAudit(id, owner);
    }

    function _costOf(uint256 way) private pure returns (uint256) {
        if (way == 0) return FORM_COST;
        return
            way < 3
                ? MORE_COST
                : way == 3
                    ? 3 ether
                    : uint256(AUDIT_BOND);
    }

    /// @dev To be expected of a call that this contract makes: cheat codes look one call deep.
    function spend(uint256 way, address sender, address owner) external {
        _spend(way, sender, owner);
    }

    // ------------------------------------------------------------------- tests

    function test_EachWaySpendsToTheWei() public {
        for (uint256 way; way < 5; ++way) {
            uint256 snapshot = vm.snapshotState();
            uint256 cost = _costOf(way);
            uint256 before = escrow.availableOf(client);
            _authorize(cost);
            vm.expectEmit(address(escrow));
            emit IEscrow.SessionSpent(client, key, cost, 0);
            _spend(way, key, client);
            assertEq(before - escrow.availableOf(client), cost);
            assertEq(_left(), 0);
            _assertConserved();
            vm.revertToState(snapshot);
        }
    }

    function test_RevertWhen_AWeiIsMissing() public {
        for (uint256 way; way < 5; ++way) {
            uint256 snapshot = vm.snapshotState();
            uint256 cost = _costOf(way);
            _authorize(cost - 1);
            vm.expectRevert(
                abi.encodeWithSelector(IEscrow.Escrow_SessionBudgetExceeded.selector, client, key, cost - 1, cost)
            );
            this.spend(way, key, client);
            vm.revertToState(snapshot);
        }
    }

    function test_RevertWhen_TheKeyIsAnotherOwners() public {
        vm.prank(stranger);
        escrow.authorizeSession(key, type(uint96).max, uint40(block.timestamp + 1 days));
        for (uint256 way; way < 5; ++way) {
            vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, key, 0));
            this.spend(way, key, client);
        }
    }

    function test_RevertWhen_TheSessionIsOverOrRevoked() public {
        _authorize(1_000 ether);
        vm.prank(client);
        escrow.revokeSession(key);
        for (uint256 way; way < 5; ++way) {
            vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, key, 0));
            this.spend(way, key, client);
        }
        _authorize(1_000 ether);
        uint256 expiry = block.timestamp + 1 days;
        vm.warp(expiry);
        for (uint256 way; way < 5; ++way) {
            vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, key, expiry));
            this.spend(way, key, client);
        }
    }

    /// @dev Sent by the key, but signed by the wallet: the wallet's own word needs no budget.
    function test_SignedByTheWalletTheBudgetStays() public {
        _authorize(1);
        _renew(key, true);
        assertEq(_left(), 1);
        (StorageAgreement[] memory list, bytes[] memory signatures) = _batch();
        bytes32[] memory hashes = new bytes32[](1);
        hashes[0] = list[0].hash();
        bytes memory signature = _sign(
            clientKey,
            _digest("Stowmarket Agreements", address(agreements), StorageAgreementLib.hashBatch(hashes))
        );
        vm.prank(key);
        agreements.form(list, signatures, signature);
        assertEq(_left(), 1);
    }

    function test_TheWalletItselfNeedsNoSession() public {
        for (uint256 way; way < 5; ++way) {
            _spend(way, client, client);
        }
        assertEq(_left(), 0);
    }

    /// @dev What comes back goes to the owner, and does not fill the budget again.
    function test_BondAndRentComeBackToTheOwner() public {
        _authorize(AUDIT_BOND);
        uint256 before = escrow.availableOf(client);
        _spend(4, key, client);
        vm.prank(providers[0].operator);
        agreements.concede(id);
        audits.close(1);
        assertGe(escrow.availableOf(client), before);
        assertEq(_left(), 0);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoAccount.selector, key));
        escrow.accountOf(key);
    }

    function test_RevertWhen_TheKeyDoesMore() public {
        _authorize(1_000 ether);
        vm.startPrank(key);
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoAccount.selector, key));
        escrow.withdraw(key, 1);
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_NotClient.selector, id, key));
        agreements.giveNotice(id);
        vm.expectRevert(abi.encodeWithSelector(ICollateral.Collateral_NotAuthorized.selector, providers[0].id, key));
        collateral.requestUnbond(providers[0].id, 1);
        // A key has no keys: this is its own account's session, which has nothing to spend.
        escrow.authorizeSession(stranger, 1 ether, uint40(block.timestamp + 1 days));
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(IEscrow.Escrow_NoSession.selector, client, stranger, 0));
        this.spend(4, stranger, client);
    }

    /// @dev However it is cut up, no more than the budget leaves the owner's account.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_NeverMoreThanTheBudget(uint96 budget, uint256 seed) public {
        budget = uint96(bound(budget, 1, 30 ether));
        uint256 before = escrow.availableOf(client);
        _authorize(budget);
        for (uint256 i; i < 8; ++i) {
            uint256 way = 1 + (uint256(keccak256(abi.encode(seed, i))) % 4);
            try this.spend(way, key, client) {} catch {}
        }
        assertEq(before - escrow.availableOf(client), budget - _left());
        _assertConserved();
    }
}
