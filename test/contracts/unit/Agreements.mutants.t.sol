// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IAsks} from "../../../contracts/interfaces/orders/IAsks.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice What mutants showed that no other test noticed: see `npm run test:mutation`.
contract AgreementsMutantsTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint24 private constant TERM = 10;
    uint256 private constant RENT = 4 * uint256(PRICE);
    /// @dev Of test/contracts/ts/typed-data.test.ts.
    string private constant TYPE =
        "StorageAgreement(address client,uint32 provider,bytes32 objectKey,uint8 shardIndex,bytes32 shardRoot,uint32 units,uint64 pricePerUnitPeriod,uint24 periods,uint96 collateral,uint64 askId,uint64 bidId,uint64 nonce,uint64 deadline)";

    function setUp() public override {
        super.setUp();
        _addProviders(2);
    }

    function _settle(AgreementId id) private {
        AgreementId[] memory ids = new AgreementId[](1);
        ids[0] = id;
        agreements.settle(ids);
    }

    /// @dev Agreement with shard 1 of an object, so that no stored member is zero.
    function _formSecond() private returns (AgreementId) {
        _form(providers[0], _agreement(providers[0], OBJECT, 0, 4, TERM));
        return _form(providers[1], _agreement(providers[1], OBJECT, 1, 4, TERM));
    }

    function test_DigestIsThatOfEip712ToTheLastByte() public {
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 7, 4, TERM);
        a.bidId = 9;
        bytes32 structHash = keccak256(abi.encode(keccak256(bytes(TYPE)), a));
        assertEq(agreements.digestOf(a), _digest("Stowmarket Agreements", address(agreements), structHash));
        a.deadline ^= 1;
        assertNotEq(agreements.digestOf(a), _digest("Stowmarket Agreements", address(agreements), structHash));
    }

    /// @dev What the client has before it pays counts.
    function test_AskSeesTheClientsDeposit() public {
        Ask memory ask = _ask(providers[0].id);
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, 4, TERM);
        ask.minClientDeposit = uint96(escrow.availableOf(client) + 1);
        vm.prank(providers[0].operator);
        a.askId = orderBook.postAsk(ask);
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = a;
        signatures[0] = _sign(providers[0].nodeKey, agreements.digestOf(a));
        vm.expectRevert(
            abi.encodeWithSelector(
                IAsks.OrderBook_DepositBelowAsk.selector,
                a.askId,
                ask.minClientDeposit - 1,
                ask.minClientDeposit
            )
        );
        vm.prank(client);
        agreements.form(list, signatures, "");

        --ask.minClientDeposit;
        vm.prank(providers[0].operator);
        a.askId = orderBook.postAsk(ask);
        _form(providers[0], a);
    }

    function test_FormingAnnouncesTheWholeAgreement() public {
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, 4, TERM);
        uint32 leaf;
        AgreementId id = AgreementId.wrap((uint64(providers[0].id) << 32) | leaf);
        vm.expectEmit(address(agreements));
        emit IAgreements.AgreementFormed(id, client, providers[0].id, proofs.currentPeriod() + 1, a);
        assertEq(AgreementId.unwrap(_form(providers[0], a)), AgreementId.unwrap(id));
    }

    function test_EveryMemberSurvivesSettling() public {
        AgreementId id = _formSecond();
        IAgreements.Agreement memory before = agreements.agreements(id);
        assertEq(before.shardIndex, 1);
        _nextPeriod();
        _prove(providers[1].id);
        _nextPeriod();
        _settle(id);

        IAgreements.Agreement memory a = agreements.agreements(id);
        (before.settledPeriods, before.provenPeriods) = (1, 1);
        assertEq(keccak256(abi.encode(a)), keccak256(abi.encode(before)));
    }

    function test_SettlingTellsWhatItDid() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        uint32 start = proofs.currentPeriod() + 1;
        _nextPeriod();
        _prove(providers[0].id);
        _toPeriod(start + 3);
        vm.expectEmit(address(agreements));
        emit IAgreements.AgreementSettled(id, start, start + 3, 1, (RENT * 8) / 10, 2 * RENT, (RENT * 2) / 10);
        _settle(id);
    }

    function test_EndingTellsWhatWasReleased() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, 2);
        _nextPeriod();
        _prove(providers[0].id);
        _nextPeriod();
        _prove(providers[0].id);
        _nextPeriod();
        vm.expectEmit(address(agreements));
        emit IAgreements.AgreementEnded(id, IAgreements.Status.Kept, (2 * RENT * 2) / 10, RENT * COLLATERAL_PERIODS);
        agreements.end(id);
    }

    function test_NoticeTellsWhatComesBack() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        uint32 start = proofs.currentPeriod() + 1;
        _toPeriod(start + 2);
        vm.expectEmit(address(agreements));
        emit IAgreements.NoticeGiven(id, start + 4, RENT * (TERM - 4));
        vm.prank(client);
        agreements.giveNotice(id);
    }

    function test_WhatIsConcededNeedsNoProof() public {
        AgreementId kept = _form(providers[0], _agreement(providers[0], OBJECT, 0, 4, TERM));
        AgreementId lost = _form(providers[0], _agreement(providers[0], keccak256("lost"), 0, 4, TERM));
        _nextPeriod();
        vm.prank(providers[0].operator);
        agreements.concede(lost);
        IPossessionProofs.Draw[] memory draws = proofs.draws(providers[0].id);
        uint256 conceded;
        for (uint256 i; i < draws.length; ++i) {
            assertEq(draws[i].conceded, draws[i].agreement == AgreementId.unwrap(lost));
            if (draws[i].conceded) ++conceded;
        }
        assertGt(conceded, 0, "a draw of what was lost");
        _prove(providers[0].id);
        assertEq(uint8(agreements.agreements(kept).status), uint8(IAgreements.Status.Active));
    }

    function test_NoticeMovesNothingButTheRefund() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        (, uint96 burned) = escrow.accounts(0);
        uint256 locked = escrow.lockedBy(address(agreements));
        _nextPeriod();
        vm.prank(client);
        agreements.giveNotice(id);
        (, uint96 burnedNow) = escrow.accounts(0);
        assertEq(burnedNow, burned);
        assertEq(locked - escrow.lockedBy(address(agreements)), RENT * (TERM - 2));
    }

    function test_RevokingAddsToWhatWasRevoked() public {
        vm.startPrank(client);
        agreements.revokeNonces(0, 1 << 3);
        agreements.revokeNonces(0, 1 << 200);
        assertTrue(agreements.isNonceUsed(client, 3));
        assertTrue(agreements.isNonceUsed(client, 200));
    }

    function test_LeastValueItselfIsEnough() public {
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, 1, 1);
        (a.pricePerUnitPeriod, a.collateral, a.askId) = (1e6, 30e6, 0);
        _form(providers[0], a);
    }

    function _renew(AgreementId id, uint24 periods, bytes memory err) private {
        Renewal memory r = Renewal(id, client, periods, 77, uint64(block.timestamp));
        bytes32 typeHash = keccak256(
            "Renewal(uint64 agreement,address client,uint24 periods,uint64 nonce,uint64 deadline)"
        );
        bytes32 structHash = keccak256(bytes.concat(typeHash, abi.encode(r)));
        bytes memory signature = _sign(
            providers[0].nodeKey,
            _digest("Stowmarket Agreements", address(agreements), structHash)
        );
        if (err.length != 0) vm.expectRevert(err);
        vm.prank(client);
        agreements.renew(r, signature, "");
    }

    function test_RevertWhen_RenewedLongAfterTheEnd() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        uint32 end = proofs.currentPeriod() + 1 + TERM;
        _toPeriod(end + 3);
        _renew(id, 1, abi.encodeWithSelector(IAgreements.Agreements_TermOver.selector, id, end, end + 3));
    }

    /// @dev In the last second, too, in which its signature is good.
    function test_TermGrowsToItsWidth() public {
        AgreementId id = _formNew(providers[0], OBJECT, 4, TERM);
        _renew(id, type(uint24).max - TERM, "");
        assertEq(agreements.agreements(id).periods, type(uint24).max);
    }

    // ------------------------------------------------------------ handing over

    function _handover(AgreementId id, uint32 successor, uint64 nonce) private view returns (Handover memory) {
        return Handover(id, OBJECT, successor, nonce, uint64(block.timestamp + 1 hours));
    }

    function _signed(Handover memory h, uint256 key) private view returns (bytes memory) {
        bytes32 typeHash = keccak256(
            "Handover(uint64 agreement,bytes32 objectKey,uint32 successor,uint64 nonce,uint64 deadline)"
        );
        bytes32 structHash = keccak256(bytes.concat(typeHash, abi.encode(h)));
        return _sign(key, _digest("Stowmarket Agreements", address(agreements), structHash));
    }

    /// @dev The second shard of an object stands in the second lane of its word; its successor is a third provider.
    function test_HandingOverAnnouncesAllTerms() public {
        Provider memory to = _addProvider();
        StorageAgreement memory a = _agreement(providers[1], OBJECT, 1, 4, TERM);
        _form(providers[0], _agreement(providers[0], OBJECT, 0, 4, TERM));
        AgreementId id = _form(providers[1], a);
        uint32 start = proofs.currentPeriod() + 1;
        _toPeriod(start);
        _prove(providers[1].id);

        Handover memory h = _handover(id, to.id, 77);
        AgreementId successorId = AgreementId.wrap(uint64(to.id) << 32);
        (a.provider, a.periods, a.askId, a.nonce, a.deadline) = (to.id, TERM - 1, 0, 0, 0);
        vm.expectEmit(address(agreements));
        emit IAgreements.AgreementFormed(successorId, client, to.id, start + 1, a);
        vm.expectEmit(address(agreements));
        emit IAgreements.AgreementHandedOver(id, successorId, to.id, 1, RENT * COLLATERAL_PERIODS);
        vm.prank(providers[1].operator);
        agreements.handOver(h, _signed(h, to.nodeKey));
        assertEq(AgreementId.unwrap(agreements.holdersOf(client, OBJECT)[1]), AgreementId.unwrap(successorId));
    }

    function test_RevertWhen_ASuccessorsNonceIsUsedTwice() public {
        Provider memory to = _addProvider();
        AgreementId first = _form(providers[0], _agreement(providers[0], OBJECT, 0, 4, TERM));
        AgreementId second = _form(providers[1], _agreement(providers[1], keccak256("other"), 0, 4, TERM));
        _nextPeriod();
        _prove(providers[0].id);
        _prove(providers[1].id);
        Handover memory h = _handover(first, to.id, 77);
        bytes memory signature = _signed(h, to.nodeKey);
        vm.prank(providers[0].operator);
        agreements.handOver(h, signature);
        assertTrue(agreements.isNonceUsed(vm.addr(to.nodeKey), 77));

        (h.agreement, h.objectKey) = (second, keccak256("other"));
        signature = _signed(h, to.nodeKey);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NonceUsed.selector, vm.addr(to.nodeKey), uint64(77))
        );
        vm.prank(providers[1].operator);
        agreements.handOver(h, signature);
    }

    function test_EachNonceIsABitOfItsOwn() public {
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, 4, TERM);
        a.nonce = 3 * 256 + 5;
        _form(providers[0], a);
        for (uint64 nonce; nonce < 5 * 256; ++nonce) {
            assertEq(agreements.isNonceUsed(client, nonce), nonce == 3 * 256 + 5);
        }
    }
}
