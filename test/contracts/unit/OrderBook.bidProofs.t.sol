// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBids} from "../../../contracts/interfaces/orders/IBids.sol";
import {BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {BidFixture} from "../support/BidFixture.sol";
import {BidTree} from "../support/BidTree.sol";

/// @notice Bids of one to twelve shards, each answered with its Merkle proof, and the money behind them to the wei.
contract OrderBookBidProofsTest is BidFixture {
    uint8 private constant MOST = 12;

    function setUp() public override {
        super.setUp();
        _addProviders(MOST - 2);
    }

    /// @dev The tree has one shape for each number of leaves: every leaf of each is answered, and no proof serves another leaf.
    function test_EveryShardOfEveryNumber() public {
        for (uint8 shards = 1; shards <= MOST; ++shards) {
            uint256 snapshot = vm.snapshotState();
            uint64 bidId = _postBid(shards, Rest.AllOrNone);
            Answer memory answer = _answer(bidId, 0, shards, PRICE);
            for (uint8 i = 1; i < shards; ++i) {
                Answer memory bad = _answer(bidId, 0, shards, PRICE);
                bad.proofs[i] = answer.proofs[i - 1];
                bytes4 err = IBids.OrderBook_ShardNotWanted.selector;
                bytes memory refusal = abi.encodeWithSelector(err, bidId, i, shardRoots[i]);
                _expect(_answerCall(bad), refusal, "with its neighbour's proof");
            }
            assertEq(_send(answer).length, shards);
            assertEq(_lockedByBook(), 0);
            vm.revertToState(snapshot);
        }
    }

    /// @dev A tree of one is its leaf; no inner node passes for a leaf, which is hashed twice.
    function test_AnInnerNodeIsNoShard() public {
        uint64 bidId = _postBid(1, Rest.Stand);
        assertEq(orderBook.bids(bidId).terms.shardsRoot, BidTree.leafOf(0, shardRoots[0]));
        assertEq(_answer(bidId, 0, 1, PRICE).proofs[0].length, 0);
        bytes32 once = keccak256(abi.encode(uint8(0), shardRoots[0]));
        assertEq(keccak256(bytes.concat(once)), BidTree.leafOf(0, shardRoots[0]));
        assertNotEq(once, BidTree.leafOf(0, shardRoots[0]));
    }

    /// @param next the first shard that nobody holds yet
    struct Paid {
        uint256 value;
        uint256 burn;
        uint8 next;
    }

    /// @dev Reserved at the ceiling with the burn rounded up for each shard; signed at some price with the burn rounded up once for each answer:
    /// the client pays rent and burn of what was signed and not a wei more, whatever the policy, and the rest is its own again.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_MoneyIsConserved(uint256 seed, uint8 shards, uint8 rest, uint64 ceiling, uint32 wait) public {
        BidTerms memory terms = _bidTerms(uint8(bound(shards, 1, 6)), Rest(rest % 3));
        terms.ceiling = uint64(bound(ceiling, 1e6, 1e15));
        terms.startPrice = uint64(bound(seed, 1e6, terms.ceiling));
        uint256 before = escrow.availableOf(client);
        (, uint256 burned) = escrow.accounts(0);
        uint64 bidId = _postBid(terms);
        assertEq(before - escrow.availableOf(client), terms.shards * _reserved(terms));
        vm.warp(block.timestamp + bound(wait, 0, 2 * CLIMB));

        Paid memory paid;
        while (paid.next < terms.shards && orderBook.bids(bidId).client != address(0)) {
            seed = uint256(keccak256(abi.encode(seed)));
            _answerSome(bidId, terms, paid, seed);
        }
        assertEq(before - escrow.availableOf(client), paid.value + paid.burn, "the client pays what was signed");
        (, uint256 burnedAfter) = escrow.accounts(0);
        assertEq(burnedAfter - burned, paid.burn, "and what is burned of that");
        assertEq(_lockedByBook(), 0);
        _assertConserved();
    }

    /// @dev Some of the shards that are left, at some price; now and then the client takes back the rest.
    function _answerSome(uint64 bidId, BidTerms memory terms, Paid memory paid, uint256 seed) private {
        uint8 left = terms.shards - paid.next;
        uint8 count = terms.rest == Rest.AllOrNone ? left : uint8(1 + (seed % left));
        uint64 price = uint64(bound(seed >> 8, 1e6, orderBook.bidPrice(bidId)));
        _send(_answer(bidId, paid.next, count, price));
        uint256 signed = uint256(price) * UNITS * TERM * count;
        paid.value += signed;
        paid.burn += (signed * 200 + 9_999) / 10_000;
        paid.next += count;
        bool over = left == count || terms.rest == Rest.Refund;
        assertEq(_lockedByBook(), over ? 0 : _reserved(terms) * (left - count));
        if (over || seed >> 253 != 0) return;
        vm.prank(client);
        orderBook.cancelBid(bidId);
    }
}
