// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IBids} from "../../../contracts/interfaces/orders/IBids.sol";
import {BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";
import {BidFixture} from "../support/BidFixture.sol";

/// @notice A valid answer to a bid, one member changed at a time, signed anew: each with its exact error.
contract SingleFieldAnswerTest is BidFixture {
    uint64 private bidId;

    function setUp() public override {
        super.setUp();
        bidId = _postBid(3, Rest.Stand);
    }

    function _good() private returns (Answer memory) {
        return _answer(bidId, 0, 1, PRICE);
    }

    /// @param bad the valid answer with one change
    function _fails(Answer memory bad, bytes memory err) private {
        _signAll(bad);
        _single(_answerCall(_good()), _answerCall(bad), err);
    }

    function test_RevertWhen_TheBidIsUnknown() public {
        Answer memory answer = _good();
        answer.bidId = bidId + 1;
        _fails(answer, _unknownBid(bidId + 1));
        answer.bidId = 0;
        _fails(answer, _unknownBid(0));
    }

    function test_RevertWhen_TheClientIsAnother() public {
        Answer memory answer = _good();
        answer.list[0].client = PAYER;
        _fails(answer, _differs(bidId, "client"));
    }

    function test_RevertWhen_TheBidIsNotNamed() public {
        Answer memory answer = _good();
        answer.list[0].bidId = 0;
        _fails(answer, _differs(bidId, "bidId"));
        answer.list[0].bidId = bidId + 1;
        _fails(answer, _differs(bidId, "bidId"));
    }

    function test_RevertWhen_ThereIsAnAsk() public {
        Answer memory answer = _good();
        answer.list[0].askId = holder.askId;
        _fails(answer, _differs(bidId, "askId"));
    }

    function test_RevertWhen_TheObjectIsAnother() public {
        Answer memory answer = _good();
        answer.list[0].objectKey = OBJECT;
        _fails(answer, _differs(bidId, "objectKey"));
    }

    function test_RevertWhen_UnitsAreMoreOrFewer() public {
        Answer memory answer = _good();
        answer.list[0].units = UNITS + 1;
        _fails(answer, _differs(bidId, "units"));
        answer.list[0].units = UNITS - 1;
        _fails(answer, _differs(bidId, "units"));
    }

    function test_RevertWhen_TheTermIsLongerOrShorter() public {
        Answer memory answer = _good();
        answer.list[0].periods = TERM + 1;
        _fails(answer, _differs(bidId, "periods"));
        answer.list[0].periods = TERM - 1;
        _fails(answer, _differs(bidId, "periods"));
    }

    function test_RevertWhen_TheNonceIsAnother() public {
        Answer memory answer = _good();
        answer.list[0].nonce += 1;
        _fails(answer, _differs(bidId, "nonce"));
        answer.list[0].nonce = 0;
        _fails(answer, _differs(bidId, "nonce"));
        answer.list[0].nonce = orderBook.nonceOf(bidId + 1, 0);
        _fails(answer, _differs(bidId, "nonce"));
    }

    function test_RevertWhen_ThePriceIsAWeiTooHigh() public {
        Answer memory answer = _answer(bidId, 0, 1, PRICE + 1);
        bytes4 err = IBids.OrderBook_PriceAboveBid.selector;
        _fails(answer, abi.encodeWithSelector(err, bidId, PRICE + 1, PRICE));
        _expect(_answerCall(_answer(bidId, 0, 1, PRICE - 1)), OK, "a wei below");
    }

    function test_RevertWhen_TheCollateralIsAPeriodShort() public {
        Answer memory answer = _good();
        answer.list[0].collateral -= uint96(RENT);
        bytes4 err = IBids.OrderBook_CollateralBelowBid.selector;
        uint256 least = RENT * COLLATERAL_PERIODS;
        _fails(answer, abi.encodeWithSelector(err, bidId, least - RENT, least));
        answer.list[0].collateral = uint96(least + RENT);
        _signAll(answer);
        _expect(_answerCall(answer), OK, "with a period more");
    }

    function _notWanted(uint8 shard, bytes32 root) private view returns (bytes memory) {
        return abi.encodeWithSelector(IBids.OrderBook_ShardNotWanted.selector, bidId, shard, root);
    }

    function test_RevertWhen_TheShardIsAnother() public {
        Answer memory answer = _good();
        StorageAgreement memory a = answer.list[0];
        // Another's place with this one's root.
        (a.shardIndex, a.nonce) = (1, orderBook.nonceOf(bidId, 1));
        _fails(answer, _notWanted(1, a.shardRoot));
        (a.shardIndex, a.nonce) = (3, orderBook.nonceOf(bidId, 3));
        _fails(answer, _notWanted(3, a.shardRoot));
        // This one's place with another's root.
        answer = _good();
        answer.list[0].shardRoot = shardRoots[1];
        _fails(answer, _notWanted(0, shardRoots[1]));
        answer.list[0].shardRoot = 0;
        _fails(answer, _notWanted(0, 0));
    }

    function test_RevertWhen_TheProofIsWrong() public {
        bytes32 root = shardRoots[0];
        Answer memory answer = _good();
        answer.proofs[0] = _answer(bidId, 1, 1, PRICE).proofs[0];
        _fails(answer, _notWanted(0, root));
        answer.proofs[0] = new bytes32[](0);
        _fails(answer, _notWanted(0, root));
        answer = _good();
        answer.proofs[0][0] ^= bytes32(uint256(1));
        _fails(answer, _notWanted(0, root));
        answer = _good();
        bytes32[] memory longer = new bytes32[](answer.proofs[0].length + 1);
        for (uint256 i; i < answer.proofs[0].length; ++i) longer[i] = answer.proofs[0][i];
        answer.proofs[0] = longer;
        _fails(answer, _notWanted(0, root));
    }

    function test_RevertWhen_ProofsAreTooFewOrTooMany() public {
        Answer memory answer = _good();
        answer.proofs = new bytes32[][](0);
        bytes4 err = IBids.OrderBook_LengthMismatch.selector;
        _fails(answer, abi.encodeWithSelector(err, 1, 0));
        answer.proofs = new bytes32[][](2);
        _fails(answer, abi.encodeWithSelector(err, 1, 2));
    }

    function test_RevertWhen_SignaturesAreTooFew() public {
        Call memory valid = _answerCall(_good());
        Answer memory answer = _good();
        answer.signatures = new bytes[](0);
        bytes4 err = IAgreements.Agreements_LengthMismatch.selector;
        _single(valid, _answerCall(answer), abi.encodeWithSelector(err, 1, 0));
    }

    function test_RevertWhen_TheProviderDidNotSign() public {
        Call memory valid = _answerCall(_good());
        Answer memory answer = _good();
        answer.signatures[0] = _sign(successor.nodeKey, agreements.digestOf(answer.list[0]));
        bytes4 err = IAgreements.Agreements_BadProviderSignature.selector;
        address expected = vm.addr(holder.nodeKey);
        _single(valid, _answerCall(answer), abi.encodeWithSelector(err, 0, vm.addr(successor.nodeKey), expected));
    }

    function test_RevertWhen_TheDeadlineIsPast() public {
        Answer memory answer = _good();
        answer.list[0].deadline = uint64(block.timestamp - 1);
        bytes4 err = IAgreements.Agreements_Expired.selector;
        _fails(answer, abi.encodeWithSelector(err, 0, block.timestamp - 1, block.timestamp));
    }

    function test_RevertWhen_TheStakeIsTooSmall() public {
        uint256 needed = RENT * COLLATERAL_PERIODS;
        uint256 free = collateral.lockableOf(holder.id);
        _declare(holder, 2 * UNITS);
        vm.prank(holder.operator);
        collateral.requestUnbond(holder.id, free - needed);
        Answer memory answer = _good();
        answer.list[0].collateral = uint96(needed + RENT);
        bytes4 err = ICollateral.Collateral_InsufficientStake.selector;
        _fails(answer, abi.encodeWithSelector(err, holder.id, needed, needed + RENT));
    }

    function test_RevertWhen_TheProviderIsUnknown() public {
        Answer memory answer = _good();
        answer.list[0].provider = 9;
        Call memory valid = _answerCall(_good());
        bytes memory err = abi.encodeWithSelector(INodeRegistry.NodeRegistry_UnknownProvider.selector, 9);
        _single(valid, _answerCall(answer), err);
    }

    // ------------------------------------------------------------- who may answer

    function test_RevertWhen_TheRegionIsAnother() public {
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        terms.region = REGION + 1;
        uint64 elsewhere = _postBid(terms);
        bytes4 err = IBids.OrderBook_RegionNotWanted.selector;
        bytes memory refusal = abi.encodeWithSelector(err, elsewhere, holder.id, REGION);
        _expect(_answerCall(_answer(elsewhere, 0, 1, PRICE)), refusal, "from another region");
        terms.region = REGION;
        _expect(_answerCall(_answer(_postBid(terms), 0, 1, PRICE)), OK, "from the region");
    }

    function test_RevertWhen_TheBidderIsTheOperator() public {
        uint64 own = bidId + 1;
        _fund(holder.operator, 100 ether);
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        vm.prank(holder.operator);
        orderBook.postBid(terms);
        Answer memory answer = _answer(own, 0, 1, PRICE);
        answer.list[0].client = holder.operator;
        _signAll(answer);
        bytes memory err = abi.encodeWithSelector(IBids.OrderBook_SelfMatch.selector, own, holder.id);
        _expect(_answerCall(answer), err, "of the bidder's own provider");
        answer.list[0].provider = successor.id;
        _signAll(answer);
        _expect(_answerCall(answer), OK, "of another's");
    }

    /// @dev The holder has proven 12e12 of rent against a newcomer's 300e18: a score of 4e-8, far below 1/10,000.
    function test_RevertWhen_TheScoreIsTooLow() public {
        _toPeriod(start);
        _prove(holder.id);
        BidTerms memory terms = _bidTerms(1, Rest.Stand);
        terms.minScoreBps = 1;
        uint64 picky = _postBid(terms);
        uint256 score = reputation.scoreAt(holder.id, start);
        assertGt(score, 0);
        bytes4 err = IBids.OrderBook_ScoreTooLow.selector;
        Call memory answer = _answerCall(_answer(picky, 0, 1, PRICE));
        _expect(answer, abi.encodeWithSelector(err, picky, holder.id, score, 1e14), "of a newcomer");

        uint256 needed = uint256(300 ether) / 9_999 + 1;
        vm.prank(address(proofs));
        reputation.recordProven(holder.id, start, needed - RENT - 1);
        score = reputation.scoreAt(holder.id, start);
        assertLt(score, 1e14);
        _expect(answer, abi.encodeWithSelector(err, picky, holder.id, score, 1e14), "a wei of rent short");
        vm.prank(address(proofs));
        reputation.recordProven(holder.id, start, 1);
        assertGe(reputation.scoreAt(holder.id, start), 1e14);
        _expect(answer, OK, "with just enough");
    }
}
