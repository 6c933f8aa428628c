// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

contract AgreementsRenewTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint256 private constant RENT = 4 * uint256(PRICE);
    uint24 private constant TERM = 10;
    uint24 private constant MORE = 7;

    AgreementId private id;
    uint32 private start;

    function setUp() public override {
        super.setUp();
        _addProviders(2);
        id = _formNew(providers[0], OBJECT, 4, TERM);
        start = proofs.currentPeriod() + 1;
    }

    function _renewal() private returns (Renewal memory) {
        return
            Renewal({
                agreement: id,
                client: client,
                periods: MORE,
                nonce: nextNonce++,
                deadline: uint64(block.timestamp + 1 hours)
            });
    }

    function _digestOf(Renewal memory r) private view returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Renewal(uint64 agreement,address client,uint24 periods,uint64 nonce,uint64 deadline)"
        );
        return _digest("Stowmarket Agreements", address(agreements), keccak256(bytes.concat(typeHash, abi.encode(r))));
    }

    function _renew(Renewal memory r) private {
        bytes memory signature = _sign(providers[0].nodeKey, _digestOf(r));
        vm.prank(client);
        agreements.renew(r, signature, "");
    }

    function _expect(Renewal memory r, bytes memory err) private {
        bytes memory signature = _sign(providers[0].nodeKey, _digestOf(r));
        vm.expectRevert(err);
        vm.prank(client);
        agreements.renew(r, signature, "");
    }

    // ----------------------------------------------------------------- renewing

    function test_RenewalLocksRentAndBurnsAndMovesTheEnd() public {
        uint256 before = escrow.availableOf(client);
        uint256 locked = escrow.lockedBy(address(agreements));
        (, uint96 burned) = escrow.accounts(0);
        Renewal memory r = _renewal();
        vm.expectEmit(address(agreements));
        emit IAgreements.AgreementRenewed(id, client, start + TERM + MORE, RENT * MORE);
        _renew(r);
        assertEq(agreements.agreements(id).periods, TERM + MORE);
        assertEq(before - escrow.availableOf(client), (RENT * MORE * 102) / 100);
        assertEq(escrow.lockedBy(address(agreements)) - locked, RENT * MORE);
        (, uint96 burnedNow) = escrow.accounts(0);
        assertEq(burnedNow - burned, (RENT * MORE * 2) / 100);
        assertTrue(agreements.isNonceUsed(client, r.nonce));
        _assertConserved();
    }

    /// @dev The proof history and the hold-back go on: kept to the longer end, everything is paid to the wei.
    function test_RenewedAgreementPaysAllPeriods() public {
        uint256 operatorBefore = escrow.availableOf(providers[0].operator);
        for (uint32 p = start; p < start + TERM + MORE; ++p) {
            _toPeriod(p);
            _prove(providers[0].id);
            if (p == start + TERM - 1) _renew(_renewal());
        }
        _toPeriod(start + TERM + MORE);
        agreements.end(id);
        assertEq(escrow.availableOf(providers[0].operator) - operatorBefore, RENT * (TERM + MORE));
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }

    function test_MissedPeriodsOfARenewedTermGoBackToTheClient() public {
        _renew(_renewal());
        uint256 before = escrow.availableOf(client);
        _toPeriod(start);
        _prove(providers[0].id);
        vm.prank(providers[0].operator);
        agreements.concede(id);
        uint256 compensation = (RENT * COLLATERAL_PERIODS * 7_000) / 10_000;
        assertEq(escrow.availableOf(client) - before, RENT * (TERM + MORE) + compensation);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }

    function test_NoticeShortensARenewedTerm() public {
        _renew(_renewal());
        _toPeriod(start + TERM);
        uint256 before = escrow.availableOf(client);
        vm.prank(client);
        agreements.giveNotice(id);
        assertEq(agreements.agreements(id).periods, TERM + 2);
        assertEq(escrow.availableOf(client) - before, RENT * (MORE - 2));
        _assertConserved();
    }

    function test_RelayerRenewsWithTheClientsSignature() public {
        Renewal memory r = _renewal();
        bytes memory provider = _sign(providers[0].nodeKey, _digestOf(r));
        bytes memory signature = _sign(clientKey, _digestOf(r));
        agreements.renew(r, provider, signature);
        assertEq(agreements.agreements(id).periods, TERM + MORE);
    }

    function test_RenewableInTheLastPeriodAndNotAfterIt() public {
        _toPeriod(start + TERM - 1);
        uint256 snapshot = vm.snapshotState();
        _renew(_renewal());
        vm.revertToState(snapshot);
        vm.roll(proofs.openingBlock(start + TERM) - 1);
        _renew(_renewal());
        vm.revertToState(snapshot);
        vm.roll(proofs.openingBlock(start + TERM));
        _expect(
            _renewal(),
            abi.encodeWithSelector(IAgreements.Agreements_TermOver.selector, id, start + TERM, start + TERM)
        );
    }

    function test_RevertWhen_RelayedWithoutTheClientsSignature() public {
        Renewal memory r = _renewal();
        bytes memory provider = _sign(providers[0].nodeKey, _digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_BadClientSignature.selector, client));
        agreements.renew(r, provider, provider);
    }

    function test_RevertWhen_RenewedWithoutTheProvider() public {
        Renewal memory r = _renewal();
        bytes memory signature = _sign(providers[1].nodeKey, _digestOf(r));
        vm.expectRevert(
            abi.encodeWithSelector(
                IAgreements.Agreements_BadProviderSignature.selector,
                0,
                vm.addr(providers[1].nodeKey),
                vm.addr(providers[0].nodeKey)
            )
        );
        vm.prank(client);
        agreements.renew(r, signature, "");
    }

    /// @dev What the provider signed counts: any other member than signed is refused.
    function testFuzz_RevertWhen_AnyMemberChangedAfterSigning(uint8 member) public {
        Renewal memory r = _renewal();
        bytes memory signature = _sign(providers[0].nodeKey, _digestOf(r));
        member = uint8(bound(member, 0, 2));
        if (member == 0) r.periods += 1;
        if (member == 1) r.nonce += 1;
        if (member == 2) r.deadline += 1;
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        vm.prank(client);
        agreements.renew(r, signature, "");
    }

    function test_RevertWhen_RenewedTwiceWithOneNonce() public {
        Renewal memory r = _renewal();
        _renew(r);
        _expect(r, abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, client, r.nonce));
    }

    function test_RevertWhen_RenewalExpired() public {
        Renewal memory r = _renewal();
        r.deadline = uint64(block.timestamp - 1);
        _expect(r, abi.encodeWithSelector(IAgreements.Agreements_Expired.selector, 0, r.deadline, block.timestamp));
    }

    function test_RevertWhen_RenewedForAnotherClient() public {
        Renewal memory r = _renewal();
        r.client = address(0xBEEF);
        bytes memory signature = _sign(providers[0].nodeKey, _digestOf(r));
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_NotClient.selector, id, r.client));
        vm.prank(r.client);
        agreements.renew(r, signature, "");
    }

    function test_RevertWhen_RenewedByNothing() public {
        Renewal memory r = _renewal();
        r.periods = 0;
        _expect(r, abi.encodeWithSelector(IAgreements.Agreements_ZeroPeriods.selector, 0));
    }

    function test_RevertWhen_TermPassesItsWidth() public {
        Renewal memory r = _renewal();
        r.periods = type(uint24).max - TERM + 1;
        _expect(
            r,
            abi.encodeWithSelector(
                IAgreements.Agreements_TermTooLong.selector,
                id,
                uint256(type(uint24).max) + 1,
                type(uint24).max
            )
        );
    }

    function test_RevertWhen_ClientCannotPayTheRenewal() public {
        vm.startPrank(client);
        escrow.withdraw(client, escrow.availableOf(client) - RENT * MORE);
        vm.stopPrank();
        _expect(
            _renewal(),
            abi.encodeWithSelector(
                IEscrow.Escrow_InsufficientBalance.selector,
                client,
                RENT * MORE,
                (RENT * MORE * 102) / 100
            )
        );
    }

    function test_RevertWhen_RenewedAfterTheEnd() public {
        vm.prank(providers[0].operator);
        agreements.concede(id);
        _expect(
            _renewal(),
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, id, IAgreements.Status.Failed)
        );
    }

    function test_RevertWhen_ProviderFailed() public {
        _toPeriod(start + 4);
        proofs.recordMisses(providers[0].id, 0);
        _expect(
            _renewal(),
            abi.encodeWithSelector(IAgreements.Agreements_ProviderFailed.selector, id, providers[0].id)
        );
    }

    // --------------------------------------------------------------- topping up

    function test_AnyoneToppingUpPaysAndTheClientGetsWhatComesBack() public {
        address friend = makeAddr("friend");
        _fund(friend, 1 ether);
        uint256 before = escrow.availableOf(client);
        vm.expectEmit(address(agreements));
        emit IAgreements.AgreementRenewed(id, friend, start + TERM + MORE, RENT * MORE);
        vm.prank(friend);
        agreements.topUp(id, friend, MORE, providers[0].askId);
        assertEq(agreements.agreements(id).periods, TERM + MORE);
        assertEq(escrow.availableOf(friend), 1 ether - (RENT * MORE * 102) / 100);
        assertEq(escrow.availableOf(client), before);
        vm.prank(client);
        agreements.giveNotice(id);
        assertEq(escrow.availableOf(client) - before, RENT * (TERM + MORE - 1));
        _assertConserved();
    }

    function test_RevertWhen_ToppedUpByAnAskOfAnother() public {
        uint64 askId = providers[1].askId;
        vm.expectRevert(
            abi.encodeWithSelector(IAsks.OrderBook_WrongProvider.selector, askId, providers[1].id, providers[0].id)
        );
        vm.prank(client);
        agreements.topUp(id, client, MORE, askId);
    }

    function test_RevertWhen_TheAskIsGone() public {
        vm.prank(providers[0].operator);
        orderBook.cancelAsks(providers[0].id, _askList(providers[0].askId));
        vm.expectRevert(abi.encodeWithSelector(IAsks.OrderBook_UnknownAsk.selector, providers[0].askId));
        vm.prank(client);
        agreements.topUp(id, client, MORE, providers[0].askId);
    }

    function test_RevertWhen_TheAskNowCostsMore() public {
        Ask memory ask = _ask(providers[0].id);
        ask.pricePerUnitPeriod = PRICE + 1;
        vm.prank(providers[0].operator);
        orderBook.amendAsk(providers[0].askId, ask);
        vm.expectRevert(
            abi.encodeWithSelector(IAsks.OrderBook_PriceBelowAsk.selector, providers[0].askId, PRICE, PRICE + 1)
        );
        vm.prank(client);
        agreements.topUp(id, client, MORE, providers[0].askId);
    }

    function test_RevertWhen_ToppedUpForLongerThanTheAskAllows() public {
        vm.expectRevert(
            abi.encodeWithSelector(IAsks.OrderBook_PeriodsOutOfRange.selector, providers[0].askId, 2_001, 1, 2_000)
        );
        vm.prank(client);
        agreements.topUp(id, client, 2_001, providers[0].askId);
    }

    /// @dev The capacity of the ask is for new units; these are stored already.
    function test_ToppingUpTakesNothingOfTheAsk() public {
        Ask memory ask = _ask(providers[0].id);
        ask.unitsLeft = 1;
        vm.prank(providers[0].operator);
        orderBook.amendAsk(providers[0].askId, ask);
        vm.prank(client);
        agreements.topUp(id, client, MORE, providers[0].askId);
        assertEq(orderBook.asks(providers[0].askId).unitsLeft, 1);
    }

    /// @dev [23] Renewing in pieces or at once pays the same, whatever is proven.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_RenewingInPiecesOrAtOncePaysTheSame(uint16 provenMask, uint8 pieces) public {
        pieces = uint8(bound(pieces, 1, MORE));
        uint256 snapshot = vm.snapshotState();
        uint256[2] memory apart = _run(provenMask, pieces);
        vm.revertToState(snapshot);
        uint256[2] memory once = _run(provenMask, 1);
        assertEq(apart[0], once[0], "operator");
        assertEq(apart[1], once[1], "client");
    }

    function _run(uint16 provenMask, uint24 pieces) private returns (uint256[2] memory balances) {
        uint24 left = MORE;
        for (uint24 i = 1; i <= pieces; ++i) {
            uint24 part = i == pieces ? left : MORE / pieces;
            left -= part;
            vm.prank(client);
            if (part != 0) agreements.topUp(id, client, part, providers[0].askId);
        }
        for (uint32 i; i < TERM + MORE; ++i) {
            _toPeriod(start + i);
            bytes memory proof = _proof(providers[0].id);
            // A provider with too many misses behind it has failed and cannot prove any more.
            if (provenMask & (1 << (i % 16)) != 0) {
                try proofs.prove(providers[0].id, start + i, proof) {} catch {}
            }
        }
        _toPeriod(start + TERM + MORE);
        agreements.end(id);
        _assertConserved();
        return [escrow.availableOf(providers[0].operator), escrow.availableOf(client)];
    }
}
