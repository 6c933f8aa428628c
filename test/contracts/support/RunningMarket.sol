// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuditAnswers} from "./AuditAnswers.sol";
import {BidTree} from "./BidTree.sol";
import {NodeKeys} from "./NodeKeys.sol";
import {Signing} from "./Signing.sol";
import {BidTerms, Rest} from "../../../contracts/types/Bid.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice A market in the middle of its life, and every step that moves money in it, each ready to be taken.
/// @dev Provider 0 holds `id` of `client`, has proven its first period and missed the second; provider 1 could take it over and is
/// unbonding; `bystander` has nothing to do with any of it.
abstract contract RunningMarket is AuditAnswers {
    using Signing for *;

    bytes32 internal constant OBJECT = keccak256("object");
    bytes32 internal constant WANTED = keccak256("wanted");
    uint32 internal constant UNITS = 4;
    uint24 internal constant TERM = 10;
    uint256 internal constant RENT = uint256(UNITS) * PRICE;
    uint256 internal constant UNBONDING = 5 ether;

    address internal bystander = makeAddr("bystander");
    Provider internal holder;
    Provider internal successor;
    AgreementId internal id;
    uint32 internal start;
    bytes[] internal _signatures;
    bytes32[][] internal _proofs;

    function setUp() public virtual override {
        super.setUp();
        _addProviders(2);
        (holder, successor) = (providers[0], providers[1]);
        _fund(bystander, 100 ether);
        _fund(holder.operator, 100 ether);
        _fund(successor.operator, 100 ether);
        id = _formNew(holder, OBJECT, UNITS, TERM);
        start = proofs.currentPeriod() + 1;
        vm.prank(successor.operator);
        collateral.requestUnbond(successor.id, UNBONDING);
        _toPeriod(start);
        _prove(holder.id);
        _toPeriod(start + 2);
    }

    // ------------------------------------------------- steps that call no token

    function _stepForm() internal {
        _form(successor, _agreement(successor, keccak256("another"), 0, UNITS, TERM));
    }

    function _stepProve() internal {
        _prove(holder.id);
    }

    function _stepRecordMisses() internal {
        proofs.recordMisses(holder.id, escrow.accountOf(bystander));
    }

    function _stepClaimReportFee() internal {
        _stepRecordMisses();
        collateral.claimReportFee(holder.id, 0);
    }

    function _stepSettle() internal {
        AgreementId[] memory ids = new AgreementId[](1);
        ids[0] = id;
        agreements.settle(ids);
    }

    function _stepGiveNotice() internal {
        vm.prank(client);
        agreements.giveNotice(id);
    }

    function _stepRenew() internal {
        Renewal memory r = Renewal(id, client, 5, nextNonce++, uint64(block.timestamp));
        bytes memory signature = _sign(
            holder.nodeKey,
            _digest("Stowmarket Agreements", address(agreements), r.hashOf())
        );
        vm.prank(client);
        agreements.renew(r, signature, "");
    }

    function _stepTopUp() internal {
        vm.prank(bystander);
        agreements.topUp(id, bystander, 3, holder.askId);
    }

    function _stepHandOver() internal {
        _prove(holder.id);
        Handover memory h = Handover(id, OBJECT, successor.id, nextNonce++, uint64(block.timestamp));
        bytes memory signature = _sign(
            successor.nodeKey,
            _digest("Stowmarket Agreements", address(agreements), h.hashOf())
        );
        vm.prank(holder.operator);
        agreements.handOver(h, signature);
    }

    function _stepConcede() internal {
        vm.prank(holder.operator);
        agreements.concede(id);
    }

    function _stepEnd() internal {
        _prove(holder.id);
        for (uint32 p = start + 3; p < start + TERM; ++p) {
            _toPeriod(p);
            _prove(holder.id);
        }
        _toPeriod(start + TERM);
        agreements.end(id);
    }

    function _stepEndAfterFailure() internal {
        _toPeriod(start + 5);
        agreements.end(id);
    }

    function _stepStake() internal {
        vm.prank(bystander);
        collateral.stake(holder.id, bystander, 1 ether);
    }

    function _stepRequestUnbond() internal {
        vm.prank(holder.operator);
        collateral.requestUnbond(holder.id, 1 ether);
    }

    function _stepWithdrawUnbonded() internal {
        vm.warp(block.timestamp + 7 days);
        collateral.withdrawUnbonded(successor.id);
    }

    function _stepRegister() internal {
        uint256 key = 0xA003;
        uint256 deadline = block.timestamp;
        bytes memory signature = _bind(bystander, key, 826, deadline);
        vm.prank(bystander);
        registry.register(NodeKeys.publicKeyOf(key), 826, "", deadline, signature);
    }

    function _stepOpenAudit() internal returns (uint256 audit) {
        vm.prank(bystander);
        return audits.openAudit(id, bystander);
    }

    function _stepAnswerAudit() internal {
        uint256 audit = _stepOpenAudit();
        vm.roll(block.number + 1);
        audits.answer(audit, _answerTo(audit));
    }

    function _stepFailAudit() internal {
        uint256 audit = _stepOpenAudit();
        vm.roll(block.number + AUDIT_WINDOW + 1);
        audits.close(audit);
    }

    function _stepVoidAudit() internal {
        uint256 audit = _stepOpenAudit();
        _stepConcede();
        audits.close(audit);
    }

    function _wantedRoots() private returns (bytes32[] memory roots) {
        roots = new bytes32[](2);
        for (uint8 i; i < 2; ++i) {
            roots[i] = _agreement(holder, WANTED, i, UNITS, TERM).shardRoot;
        }
    }

    function _bidTerms() internal returns (BidTerms memory) {
        return
            BidTerms({
                objectKey: WANTED,
                shardsRoot: BidTree.rootOf(_wantedRoots()),
                units: UNITS,
                periods: TERM,
                shards: 2,
                rest: Rest.Stand,
                region: 826,
                minScoreBps: 0,
                collateralPeriods: COLLATERAL_PERIODS,
                expiry: uint40(block.timestamp + 1 hours),
                climbSeconds: 0,
                startPrice: PRICE,
                ceiling: 3 * PRICE
            });
    }

    function _stepPostBid() internal returns (uint64) {
        BidTerms memory terms = _bidTerms();
        vm.prank(client);
        return orderBook.postBid(terms);
    }

    /// @dev The first of two shards, at less than the bid pays.
    function _stepAnswerBid() internal {
        uint64 bidId = _stepPostBid();
        orderBook.answerBid(bidId, _taking(bidId, client), _signatures, _proofs);
    }

    /// @notice What takes the first shard of a bid by the successor, with `_signatures` and `_proofs`.
    function _taking(uint64 bidId, address bidder) internal returns (StorageAgreement[] memory list) {
        list = new StorageAgreement[](1);
        list[0] = _agreement(successor, WANTED, 0, UNITS, TERM);
        (list[0].client, list[0].askId, list[0].bidId) = (bidder, 0, bidId);
        list[0].nonce = orderBook.nonceOf(bidId, 0);
        _signatures = new bytes[](1);
        _signatures[0] = _sign(successor.nodeKey, agreements.digestOf(list[0]));
        _proofs = new bytes32[][](1);
        _proofs[0] = BidTree.proofOf(_wantedRoots(), 0);
    }

    function _stepCancelBid() internal {
        uint64 bidId = _stepPostBid();
        vm.prank(client);
        orderBook.cancelBid(bidId);
    }

    function _stepCloseBid() internal {
        uint64 bidId = _stepPostBid();
        vm.warp(block.timestamp + 1 hours);
        orderBook.closeBid(bidId);
    }

    /// @dev A session key of the bystander spends in each of the ways that it can.
    function _stepSession() internal {
        address key = makeAddr("session key");
        vm.prank(bystander);
        escrow.authorizeSession(key, 50 ether, uint40(block.timestamp + 1));
        vm.startPrank(key);
        agreements.topUp(id, bystander, 3, holder.askId);
        collateral.stake(holder.id, bystander, 1 ether);
        audits.openAudit(id, bystander);
        vm.stopPrank();
    }

    // ------------------------------------------------------------------- books

    /// @notice Every balance, lock, stake, agreement, bid and audit: what money there is and whose.
    function _books() internal view returns (bytes32) {
        bytes memory all = abi.encode(
            escrow.lockedBy(address(agreements)),
            escrow.lockedBy(address(collateral)),
            escrow.lockedBy(address(audits)),
            escrow.lockedBy(address(orderBook))
        );
        for (uint32 i; i < escrow.accountCount(); ++i) {
            (address owner, uint96 available) = escrow.accounts(i);
            all = abi.encode(all, owner, available);
        }
        for (uint32 p = 1; p <= registry.providerCount(); ++p) {
            all = abi.encode(all, collateral.stakes(p), collateral.unbondings(p), proofs.duties(p));
            for (uint64 leaf; leaf < proofs.duties(p).leaves; ++leaf) {
                all = abi.encode(all, agreements.agreements(AgreementId.wrap((uint64(p) << 32) | leaf)));
            }
        }
        for (uint64 bid = 1; bid <= orderBook.bidCount(); ++bid) {
            all = abi.encode(all, orderBook.bids(bid));
        }
        for (uint256 audit = 1; audit <= audits.auditCount(); ++audit) {
            all = abi.encode(all, audits.audits(audit));
        }
        return keccak256(all);
    }

    /// @notice What the escrow owes to everybody.
    function _owed() internal view returns (uint256 sum) {
        sum =
            escrow.lockedBy(address(agreements)) +
            escrow.lockedBy(address(collateral)) +
            escrow.lockedBy(address(audits)) +
            escrow.lockedBy(address(orderBook));
        for (uint32 i; i < escrow.accountCount(); ++i) {
            (, uint96 available) = escrow.accounts(i);
            sum += available;
        }
    }
}
