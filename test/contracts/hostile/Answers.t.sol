// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {Rest} from "../../../contracts/types/Bid.sol";
import {StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";
import {BidFixture} from "../support/BidFixture.sol";

/// @notice [9] [28] Answers that others see before they are in a block.
contract AnswersTest is BidFixture {
    address private mallory = makeAddr("mallory");

    function setUp() public override {
        super.setUp();
        _addProviders(2);
    }

    function _used(uint64 bidId, uint8 shard) private view returns (bytes memory) {
        bytes4 used = IAgreements.Agreements_NonceUsed.selector;
        return abi.encodeWithSelector(used, client, orderBook.nonceOf(bidId, shard));
    }

    /// @dev Whoever sends it, the same agreement comes about, with the same money.
    function test_ACopiedAnswerDoesWhatTheOriginalWould() public {
        uint64 bidId = _postBid(2, Rest.AllOrNone);
        Call memory answer = _answerCall(_answer(bidId, 0, 2, PRICE));
        uint256 snapshot = vm.snapshotState();
        _expect(answer, OK, "by the relayer");
        (uint256 clients, uint256 locked) = (escrow.availableOf(client), escrow.lockedBy(address(agreements)));
        vm.revertToState(snapshot);
        answer.caller = mallory;
        _expect(answer, OK, "by somebody else");
        assertEq(escrow.availableOf(client), clients);
        assertEq(escrow.lockedBy(address(agreements)), locked);
        answer.caller = client;
        _expect(answer, _unknownBid(bidId), "the original");
    }

    /// @dev Another provider can be first, at no better price than it could have had anyway: the late one is refused whole and has nothing locked.
    function test_AnotherProviderMayBeFirst() public {
        uint64 bidId = _postBid(2, Rest.Stand);
        Call memory late = _answerCall(_answer(bidId, 0, 1, PRICE));
        Answer memory early = _answer(bidId, 0, 1, PRICE);
        early.list[0].provider = providers[2].id;
        _signAll(early);
        uint256 locked = collateral.stakes(holder.id).locked;
        _send(early);
        _expect(late, _used(bidId, 0), "too late");
        assertEq(collateral.stakes(holder.id).locked, locked);
        // The other shard is still on offer.
        _send(_answer(bidId, 1, 1, PRICE));
        assertEq(_lockedByBook(), 0);
    }

    /// @dev Each agreement is signed by itself, so that a part of an answer can be sent alone. Of a bid that stands the rest can still be answered; one
    /// that wants all takes no part; one that gives back the rest is over, with the money of the rest at its client's.
    function test_APartOfAnAnswerCostsNobodyMoney() public {
        uint256 before = escrow.availableOf(client);
        uint64 bidId = _postBid(3, Rest.Stand);
        Call memory whole = _answerCall(_answer(bidId, 0, 3, PRICE));
        vm.prank(mallory);
        _send(_answer(bidId, 1, 1, PRICE));
        _expect(whole, _wrongCount(bidId, 3, 2), "the whole");
        _send(_answer(bidId, 0, 1, PRICE));
        _send(_answer(bidId, 2, 1, PRICE));
        assertEq(before - escrow.availableOf(client), (3 * RENT * TERM * 102) / 100);

        bidId = _postBid(3, Rest.AllOrNone);
        _expect(_answerCall(_answer(bidId, 0, 1, PRICE)), _wrongCount(bidId, 1, 3), "a part of all");
        vm.prank(client);
        orderBook.cancelBid(bidId);
        _assertConserved();
    }

    function test_APartOfAnAnswerEndsABidThatGivesBackTheRest() public {
        uint256 before = escrow.availableOf(client);
        uint64 bidId = _postBid(3, Rest.Refund);
        Call memory whole = _answerCall(_answer(bidId, 0, 3, PRICE));
        vm.prank(mallory);
        _send(_answer(bidId, 1, 1, PRICE));
        _expect(whole, _unknownBid(bidId), "the whole");
        assertEq(before - escrow.availableOf(client), (RENT * TERM * 102) / 100);
        assertEq(_lockedByBook(), 0);
    }

    function _wrongCount(uint64 bidId, uint256 answers, uint256 wanted) private pure returns (bytes memory) {
        return abi.encodeWithSignature("OrderBook_WrongShardCount(uint64,uint256,uint256)", bidId, answers, wanted);
    }

    /// @dev A bid is consent through the book only: nobody forms its agreements by themselves.
    function test_RevertWhen_ABidServesAsConsentElsewhere() public {
        uint64 bidId = _postBid(1, Rest.Stand);
        Answer memory answer = _answer(bidId, 0, 1, PRICE);
        bytes memory data = abi.encodeCall(agreements.form, (answer.list, answer.signatures, ""));
        bytes4 none = IEscrow.Escrow_NoSession.selector;
        bytes memory refusal = abi.encodeWithSelector(none, client, holder.operator, 0);
        _expect(Call(holder.operator, address(agreements), data), refusal, "by the provider");
        bytes4 bad = IAgreements.Agreements_BadClientSignature.selector;
        data = abi.encodeCall(agreements.form, (answer.list, answer.signatures, answer.signatures[0]));
        _expect(
            Call(mallory, address(agreements), data),
            abi.encodeWithSelector(bad, client),
            "with the provider's signature"
        );
    }

    /// @dev Nor does one client's bid pay for another's agreement, whatever the answer says.
    function test_RevertWhen_TheBookIsMadeToPayForAnother() public {
        uint64 bidId = _postBid(1, Rest.Stand);
        _fund(PAYER, 100 ether);
        Answer memory answer = _answer(bidId, 0, 1, PRICE);
        answer.list[0].client = PAYER;
        _signAll(answer);
        _expect(_answerCall(answer), _differs(bidId, "client"), "of another's money");
        assertEq(escrow.availableOf(PAYER), 100 ether);
    }

    /// @dev What is behind a bid cannot be taken away before it is answered, and what the client has beside it is not touched.
    function test_TheMoneyIsThereWhateverTheClientDoes() public {
        uint64 bidId = _postBid(1, Rest.AllOrNone);
        uint256 rest = escrow.availableOf(client);
        vm.prank(client);
        escrow.withdraw(client, rest);
        vm.warp(block.timestamp + CLIMB);
        _send(_answer(bidId, 0, 1, CEILING));
        assertEq(escrow.availableOf(client), 0, "the ceiling and not a wei less was there");
        _assertConserved();
    }

    /// @dev A provider may sign cheaper than the bid pays; nobody can raise it afterwards.
    function test_RevertWhen_AnAnswerIsMadeDearer() public {
        uint64 bidId = _postBid(1, Rest.Stand);
        vm.warp(block.timestamp + CLIMB);
        Answer memory answer = _answer(bidId, 0, 1, PRICE);
        StorageAgreement memory a = answer.list[0];
        (a.pricePerUnitPeriod, a.collateral) = (CEILING, a.collateral * 3);
        vm.expectPartialRevert(IAgreements.Agreements_BadProviderSignature.selector);
        _send(answer);
    }
}
