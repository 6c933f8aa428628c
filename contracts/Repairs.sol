// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAgreements} from "./interfaces/IAgreements.sol";
import {ICollateral} from "./interfaces/ICollateral.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {IRepairs} from "./interfaces/IRepairs.sol";
import {RepairRule} from "./libraries/RepairRule.sol";
import {BidTerms, Rest} from "./types/Bid.sol";
import {AgreementId} from "./types/StorageAgreement.sol";

/// @param bountyBps share of the client's compensation that a bid may pay out again, 1/10,000
/// @param climbSeconds seconds in which the price climbs to its ceiling
/// @param windowSeconds seconds after which an unanswered bid can be closed
struct RepairParams {
    uint16 bountyBps;
    uint32 climbSeconds;
    uint32 windowSeconds;
}

/// @title Bids for lost shards; see IRepairs
/// @dev A session key like any other: what it may spend, and for how long, its clients say in the Escrow.
contract Repairs is IRepairs {
    using RepairRule for IAgreements.Agreement;

    uint256 private constant _BPS = 10_000;

    /// @inheritdoc IRepairs
    uint256 public immutable bountyBps;
    /// @inheritdoc IRepairs
    uint256 public immutable climbSeconds;
    /// @inheritdoc IRepairs
    uint256 public immutable windowSeconds;

    IOrderBook private immutable _orderBook;
    IAgreements private immutable _agreements;
    IPossessionProofs private immutable _proofs;
    ICollateral private immutable _collateral;

    mapping(AgreementId lost => Repair) private _repairs;

    constructor(
        RepairParams memory params,
        IOrderBook orderBook,
        IAgreements agreements,
        IPossessionProofs proofs,
        ICollateral collateral
    ) {
        require(params.bountyBps <= _BPS, Repairs_InvalidParams("bountyBps"));
        require(params.windowSeconds != 0, Repairs_InvalidParams("windowSeconds"));
        bountyBps = params.bountyBps;
        climbSeconds = params.climbSeconds;
        windowSeconds = params.windowSeconds;
        _orderBook = orderBook;
        _agreements = agreements;
        _proofs = proofs;
        _collateral = collateral;
    }

    /// @inheritdoc IRepairs
    function post(AgreementId lost, address client, bytes32 objectKey) external returns (uint64 bidId) {
        require(_repairs[lost].bidId == 0, Repairs_AlreadyPosted(lost, _repairs[lost].bidId));
        IAgreements.Agreement memory a = _agreements.agreements(lost);
        require(a.status == IAgreements.Status.Failed, Repairs_NotFailed(lost));
        _requireLastHolder(lost, client, objectKey, a.shardIndex);
        bytes32 root = _proofs.rootOf(AgreementId.unwrap(lost));
        BidTerms memory terms = _termsOf(lost, a, objectKey, root);

        // The number is the next of the order book's, which calls nobody back but the Escrow.
        bidId = _orderBook.bidCount() + 1;
        _repairs[lost] = Repair(client, a.shardIndex, bidId, objectKey);
        emit RepairPosted(lost, bidId, client, objectKey, a.shardIndex, root);
        _orderBook.postBidFor(client, terms);
    }

    /// @inheritdoc IRepairs
    function repairs(AgreementId lost) external view returns (Repair memory) {
        return _repairs[lost];
    }

    function _requireLastHolder(AgreementId lost, address client, bytes32 objectKey, uint8 shardIndex) private view {
        AgreementId[] memory holders = _agreements.holdersOf(client, objectKey);
        require(
            shardIndex < holders.length && AgreementId.unwrap(holders[shardIndex]) == AgreementId.unwrap(lost),
            Repairs_WrongObject(lost, client, objectKey)
        );
    }

    function _termsOf(
        AgreementId lost,
        IAgreements.Agreement memory a,
        bytes32 objectKey,
        bytes32 root
    ) private view returns (BidTerms memory) {
        uint256 endPeriod = uint256(a.startPeriod) + a.periods;
        uint256 current = _proofs.currentPeriod();
        // An agreement that is formed now starts with the next period.
        require(current + 1 < endPeriod, Repairs_TermOver(lost, endPeriod, current));
        uint256 periods = endPeriod - current - 1;
        uint256 ceiling = _ceilingOf(a, periods);
        return
            BidTerms({
                objectKey: objectKey,
                // A tree of one leaf.
                shardsRoot: keccak256(bytes.concat(keccak256(abi.encode(a.shardIndex, root)))),
                units: _agreements.lostUnitsOf(lost),
                // At most the failed agreement's, a uint24.
                periods: uint24(periods),
                shards: 1,
                rest: Rest.Stand,
                region: 0,
                minScoreBps: 0,
                collateralPeriods: a.collateralPeriods,
                expiry: uint40(block.timestamp + windowSeconds),
                climbSeconds: uint32(climbSeconds),
                startPrice: uint64(Math.min(a.pricePerUnitPeriod, ceiling)),
                ceiling: uint64(ceiling)
            });
    }

    /// @dev Per unit: the rent that was left and the bounty, less the burn, over the periods.
    /// @return Token wei for one unit over one period
    function _ceilingOf(IAgreements.Agreement memory a, uint256 periods) private view returns (uint256) {
        uint256 compensation =
            a.compensates()
                ? (uint256(a.pricePerUnitPeriod) * a.collateralPeriods * _collateral.compensationBps()) / _BPS
                : 0;
        uint256 most = a.pricePerUnitPeriod * periods + (compensation * bountyBps) / _BPS;
        return Math.min((most * _BPS) / ((_BPS + _agreements.burnBps()) * periods), type(uint64).max);
    }
}
