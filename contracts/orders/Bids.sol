// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAgreements} from "../interfaces/IAgreements.sol";
import {IBids} from "../interfaces/orders/IBids.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";
import {IReputation} from "../interfaces/IReputation.sol";
import {Compatibility} from "../libraries/Compatibility.sol";
import {Bid, BidTerms, Rest} from "../types/Bid.sol";
import {AgreementId, StorageAgreement} from "../types/StorageAgreement.sol";
import {Asks} from "./Asks.sol";

/// @title How clients' orders are posted, answered and given back
abstract contract Bids is Asks {
    uint256 private constant _BPS = 10_000;
    /// @dev A score of one, in 1/10,000, over a score of one, in 1/1e18.
    uint256 private constant _SCORE_PER_BPS = 1e18 / _BPS;
    uint32 private constant _BURN_ACCOUNT = 0;

    IEscrow private immutable _escrow;
    IPossessionProofs private immutable _proofs;
    IReputation private immutable _reputation;

    /// @inheritdoc IBids
    uint64 public bidCount;
    mapping(uint64 bidId => Bid) private _bids;

    constructor(IEscrow escrow, IPossessionProofs proofs, IReputation reputation) {
        _escrow = escrow;
        _proofs = proofs;
        _reputation = reputation;
    }

    /// @inheritdoc IBids
    function postBid(BidTerms calldata terms) external returns (uint64 bidId) {
        uint256 amount;
        (bidId, amount) = _post(msg.sender, terms);
        _escrow.lock(msg.sender, amount, 0);
    }

    /// @inheritdoc IBids
    function postBidFor(address client, BidTerms calldata terms) external returns (uint64 bidId) {
        uint256 amount;
        (bidId, amount) = _post(client, terms);
        _escrow.lockBy(client, msg.sender, amount, 0);
    }

    /// @inheritdoc IBids
    function answerBid(
        uint64 bidId,
        StorageAgreement[] calldata agreements,
        bytes[] calldata providerSignatures,
        bytes32[][] calldata shardProofs
    ) external returns (AgreementId[] memory ids) {
        Bid memory bid = _live(bidId);
        require(block.timestamp < bid.terms.expiry, OrderBook_BidExpired(bidId, bid.terms.expiry));
        require(
            agreements.length == shardProofs.length,
            OrderBook_LengthMismatch(agreements.length, shardProofs.length)
        );
        _requireCount(bidId, bid, agreements.length);
        uint256 price = Compatibility.priceOf(bid, block.timestamp);
        for (uint256 i; i < agreements.length; ++i) {
            StorageAgreement memory a = agreements[i];
            Compatibility.requireAnswers(bid, bidId, price, a);
            _requireWanted(bidId, bid.terms, a.shardIndex, a.shardRoot, shardProofs[i]);
            _requireEligible(bidId, bid, a.provider);
        }
        _take(bidId, bid, uint8(agreements.length));
        return IAgreements(_agreements).form(agreements, providerSignatures, "");
    }

    /// @inheritdoc IBids
    function cancelBid(uint64 bidId) external {
        Bid memory bid = _live(bidId);
        require(msg.sender == bid.client, OrderBook_NotBidder(bidId, msg.sender));
        _close(bidId, bid, bid.shardsLeft);
    }

    /// @inheritdoc IBids
    function closeBid(uint64 bidId) external {
        Bid memory bid = _live(bidId);
        require(block.timestamp >= bid.terms.expiry, OrderBook_BidNotExpired(bidId, bid.terms.expiry));
        _close(bidId, bid, bid.shardsLeft);
    }

    /// @inheritdoc IBids
    function bids(uint64 bidId) external view returns (Bid memory) {
        return _bids[bidId];
    }

    /// @inheritdoc IBids
    function bidPrice(uint64 bidId) external view returns (uint256) {
        return Compatibility.priceOf(_live(bidId), block.timestamp);
    }

    /// @inheritdoc IBids
    function bidsPage(uint64 from, uint64 max) external view returns (Bid[] memory page) {
        uint256 end = Math.min(from + Math.min(max, _MAX_PAGE), uint256(bidCount) + 1);
        page = new Bid[](Math.saturatingSub(end, from));
        for (uint256 i; i < page.length; ++i) {
            page[i] = _bids[uint64(from + i)];
        }
    }

    /// @inheritdoc IBids
    function nonceOf(uint64 bidId, uint8 shardIndex) external pure returns (uint64) {
        return Compatibility.nonceOf(bidId, shardIndex);
    }

    /// @return bidId its number
    /// @return amount token wei to be locked for it
    function _post(address client, BidTerms calldata terms) private returns (uint64 bidId, uint256 amount) {
        _requireValid(terms);
        bidId = ++bidCount;
        Bid storage bid = _bids[bidId];
        bid.terms = terms;
        (bid.client, bid.postedAt, bid.shardsLeft) = (client, uint40(block.timestamp), terms.shards);
        uint256 reserved = _reservedOf(terms);
        emit BidPosted(bidId, client, terms, reserved);
        amount = reserved * terms.shards;
    }

    /// @dev The shards are taken; what was behind them is the client's for `form` to take, the rest of it stays the client's.
    function _take(uint64 bidId, Bid memory bid, uint8 shards) private {
        // At most what is left.
        uint8 shardsLeft = bid.shardsLeft - shards;
        emit BidAnswered(bidId, shards, shardsLeft);
        if (shardsLeft == 0 || bid.terms.rest == Rest.Refund) {
            _close(bidId, bid, bid.shardsLeft);
        } else {
            _bids[bidId].shardsLeft = shardsLeft;
            _release(bid, shards);
        }
    }

    /// @param shards those whose money is still behind the bid
    function _close(uint64 bidId, Bid memory bid, uint8 shards) private {
        delete _bids[bidId];
        emit BidClosed(bidId, _release(bid, shards));
    }

    function _release(Bid memory bid, uint8 shards) private returns (uint256 amount) {
        amount = _reservedOf(bid.terms) * shards;
        _escrow.release(_escrow.accountOf(bid.client), amount, _BURN_ACCOUNT, 0);
    }

    /// @return reserved rent and burn of one shard at the ceiling, token wei
    function _reservedOf(BidTerms memory terms) private view returns (uint256 reserved) {
        reserved = uint256(terms.ceiling) * terms.units * terms.periods;
        reserved += Math.ceilDiv(reserved * IAgreements(_agreements).burnBps(), _BPS);
    }

    function _live(uint64 bidId) private view returns (Bid memory bid) {
        bid = _bids[bidId];
        require(bid.client != address(0), OrderBook_UnknownBid(bidId));
    }

    function _requireValid(BidTerms calldata terms) private view {
        require(terms.objectKey != 0, OrderBook_InvalidBid("objectKey"));
        require(terms.shardsRoot != 0, OrderBook_InvalidBid("shardsRoot"));
        require(terms.units != 0, OrderBook_InvalidBid("units"));
        require(terms.periods != 0, OrderBook_InvalidBid("periods"));
        require(terms.shards != 0, OrderBook_InvalidBid("shards"));
        require(terms.minScoreBps <= _BPS, OrderBook_InvalidBid("minScoreBps"));
        require(terms.collateralPeriods != 0, OrderBook_InvalidBid("collateralPeriods"));
        require(block.timestamp < terms.expiry, OrderBook_InvalidBid("expiry"));
        require(terms.startPrice != 0 && terms.startPrice <= terms.ceiling, OrderBook_InvalidBid("startPrice"));
        uint256 least = uint256(terms.startPrice) * terms.units * terms.periods;
        require(least >= IAgreements(_agreements).minValue(), OrderBook_InvalidBid("value"));
    }

    function _requireEligible(uint64 bidId, Bid memory bid, uint32 provider) private view {
        uint16 region = bid.terms.region;
        if (region != 0) {
            uint16 declared = _registry.providers(provider).region;
            require(declared == region, OrderBook_RegionNotWanted(bidId, provider, declared));
        }
        require(_registry.operatorOf(provider) != bid.client, OrderBook_SelfMatch(bidId, provider));
        uint256 least = bid.terms.minScoreBps * _SCORE_PER_BPS;
        if (least != 0) {
            uint256 score = _reputation.scoreAt(provider, _proofs.currentPeriod());
            require(score >= least, OrderBook_ScoreTooLow(bidId, provider, score, least));
        }
    }

    function _requireCount(uint64 bidId, Bid memory bid, uint256 answers) private pure {
        bool fits = bid.terms.rest == Rest.AllOrNone ? answers == bid.shardsLeft : answers <= bid.shardsLeft;
        require(fits && answers != 0, OrderBook_WrongShardCount(bidId, answers, bid.shardsLeft));
    }

    function _requireWanted(
        uint64 bidId,
        BidTerms memory terms,
        uint8 shardIndex,
        bytes32 shardRoot,
        bytes32[] calldata proof
    ) private pure {
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(shardIndex, shardRoot))));
        require(
            MerkleProof.verifyCalldata(proof, terms.shardsRoot, leaf),
            OrderBook_ShardNotWanted(bidId, shardIndex, shardRoot)
        );
    }
}
