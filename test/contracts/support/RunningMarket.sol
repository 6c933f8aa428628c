// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AuditAnswers} from "./AuditAnswers.sol";
import {NodeKeys} from "./NodeKeys.sol";
import {Signing} from "./Signing.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {Renewal} from "../../../contracts/types/Renewal.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice A market in the middle of its life, and every step that moves money in it, each ready to be taken.
/// @dev Provider 0 holds `id` of `client`, has proven its first period and missed the second; provider 1 could take it over and is
/// unbonding; `bystander` has nothing to do with any of it.
abstract contract RunningMarket is AuditAnswers {
    using Signing for *;

    bytes32 internal constant OBJECT = keccak256("object");
    uint32 internal constant UNITS = 4;
    uint24 internal constant TERM = 10;
    uint256 internal constant RENT = uint256(UNITS) * PRICE;
    uint256 internal constant UNBONDING = 5 ether;

    address internal bystander = makeAddr("bystander");
    Provider internal holder;
    Provider internal successor;
    AgreementId internal id;
    uint32 internal start;

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

    /// @notice Every balance, lock, stake, agreement and audit: what money there is and whose.
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
