// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RunningMarket} from "../support/RunningMarket.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice What went wrong at peers when everything had ended: locks that stayed, and a last one who could not leave.
contract PeerBugsMoneyTest is RunningMarket {
    // -------------------------------------------------------------- filecoin-pay

    /// @dev Partly settled, then kept.
    function test_FilecoinPay_KeptReleasesTheLock() public {
        _stepSettle();
        _stepEnd();
        _released(IAgreements.Status.Kept);
    }

    /// @dev filecoin-pay pulls 141, 144: settled in part, then faulted.
    function test_FilecoinPay141_FailedReleasesTheLock() public {
        _stepSettle();
        _stepEndAfterFailure();
        _released(IAgreements.Status.Failed);
    }

    /// @dev filecoin-pay pull 157: never settled before it faulted.
    function test_FilecoinPay157_NeverSettledReleasesTheLock() public {
        _stepEndAfterFailure();
        _released(IAgreements.Status.Failed);
    }

    /// @dev filecoin-pay pull 270: terminated early after a partial settlement.
    function test_FilecoinPay270_NoticeReleasesTheLock() public {
        _stepSettle();
        _stepGiveNotice();
        _prove(holder.id);
        _toPeriod(start + 3);
        _stepSettle();
        _toPeriod(start + 4);
        agreements.end(id);
        _released(IAgreements.Status.Kept);
    }

    function test_FilecoinPay_ConcededReleasesTheLock() public {
        _stepSettle();
        _stepConcede();
        _released(IAgreements.Status.Failed);
    }

    function test_FilecoinPay_FailedAuditReleasesTheLock() public {
        _stepSettle();
        _stepFailAudit();
        _released(IAgreements.Status.Failed);
    }

    function test_FilecoinPay_RenewedAndToppedUpReleasesTheLock() public {
        _stepSettle();
        _stepRenew();
        _stepTopUp();
        _stepConcede();
        _released(IAgreements.Status.Failed);
    }

    function test_FilecoinPay_HandedOverReleasesTheLock() public {
        _stepHandOver();
        AgreementId old = id;
        id = agreements.holdersOf(client, OBJECT)[0];
        vm.prank(successor.operator);
        agreements.concede(id);
        _released(IAgreements.Status.Failed);
        id = old;
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.HandedOver));
    }

    /// @dev The only agreement is over: no lock is left, and everything that everybody put in is somewhere.
    function _released(IAgreements.Status status) private view {
        assertEq(uint8(agreements.agreements(id).status), uint8(status));
        assertEq(escrow.lockedBy(address(agreements)), 0);
        assertEq(collateral.stakes(holder.id).locked, 0);
        assertEq(collateral.stakes(successor.id).locked, 0);
        assertEq(escrow.lockedBy(address(audits)), 0);
        _assertConserved();
    }

    // ----------------------------------------------------------------- The Graph

    /// @dev graphprotocol/contracts pull 1073 (TRST-H-4): rounding left the last one a wei short. Here everybody leaves, in whatever order, after
    /// slashes that divide by nothing, and the escrow is empty to the wei.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_Graph1073_TheLastOneLeavesToo(uint256 seed) public {
        _oddAgreements(seed);
        _liveOn(seed);
        for (uint32 p = 1; p <= 2; ++p) {
            Provider memory one = providers[p - 1];
            // Without duties the bond may go, too.
            uint256 free = collateral.stakes(one.id).free;
            assertEq(collateral.stakes(one.id).locked, 0, "nothing locked");
            _declare(one, 0);
            vm.prank(one.operator);
            collateral.requestUnbond(one.id, free);
        }
        vm.warp(block.timestamp + 7 days);
        collateral.withdrawUnbonded(1);
        collateral.withdrawUnbonded(2);
        assertEq(escrow.lockedBy(address(collateral)), 0, "collateral");
        assertEq(escrow.lockedBy(address(agreements)), 0, "agreements");
        _leave(seed);
        assertEq(token.balanceOf(address(escrow)), 0, "empty");
    }

    /// @dev Prices and sizes whose products no percentage divides.
    function _oddAgreements(uint256 seed) private {
        for (uint256 i; i < 3; ++i) {
            uint64 price = uint64(1e6 + (uint256(keccak256(abi.encode(seed, i))) % 1e6)) * 2 + 1;
            StorageAgreement memory a = _agreement(providers[i % 2], keccak256(abi.encode("odd", i)), 0, 2, 7);
            (a.askId, a.pricePerUnitPeriod, a.collateral) = (0, price, uint96(2 * uint256(price) * (3 + i)));
            _form(providers[i % 2], a);
        }
    }

    /// @dev Proves, misses and settles at random until everything can be ended, and ends it.
    function _liveOn(uint256 seed) private {
        for (uint256 i; i < 12; ++i) {
            uint256 dice = uint256(keccak256(abi.encode(seed, "period", i)));
            _nextPeriod();
            if (dice & 3 != 0) _tryProve(1);
            if (dice & 12 != 0) _tryProve(2);
            if (dice & 48 == 0) _settleWhatLives();
        }
        for (uint32 p = 1; p <= 2; ++p) {
            for (uint64 leaf; leaf < proofs.duties(p).leaves; ++leaf) {
                AgreementId one = AgreementId.wrap((uint64(p) << 32) | leaf);
                if (agreements.agreements(one).status == IAgreements.Status.Active) agreements.end(one);
            }
        }
    }

    function _tryProve(uint32 provider) private {
        bytes memory proof = _proof(provider);
        try proofs.prove(provider, proofs.currentPeriod(), proof) {} catch {}
    }

    function _settleWhatLives() private {
        for (uint32 p = 1; p <= 2; ++p) {
            AgreementId[] memory ids = new AgreementId[](1);
            ids[0] = AgreementId.wrap(uint64(p) << 32);
            if (agreements.agreements(ids[0]).status == IAgreements.Status.Active) agreements.settle(ids);
        }
    }

    function _leave(uint256 seed) private {
        address[4] memory parties = [client, holder.operator, successor.operator, bystander];
        for (uint256 i; i < 4; ++i) {
            address party = parties[(i + (seed % 4)) % 4];
            uint256 available = escrow.availableOf(party);
            vm.prank(party);
            if (available != 0) escrow.withdraw(party, available);
        }
        escrow.sweepBurned();
    }

    // --------------------------------------------------------------- OriginTrail

    /// @dev OriginTrail/dkg pull 1090, issue 1091: the seed followed from tx.gasprice and the sender, so that a prover could choose what to show.
    /// Here neither draws nor audits' leaves change with anything that a sender or a proposer sets in the transaction's own block.
    function testFuzz_OriginTrail1090_NoSeedToGrind(
        address sender,
        address coinbase,
        uint64 gasPrice,
        uint32 time,
        bytes32 prevrandao,
        uint8 later
    ) public {
        uint256 audit = _stepOpenAudit();
        vm.roll(block.number + 1);
        bytes32 drawn = keccak256(abi.encode(proofs.draws(holder.id), audits.leavesOf(audit)));
        vm.roll(block.number + (later % 10));
        vm.coinbase(coinbase);
        vm.txGasPrice(gasPrice);
        vm.warp(block.timestamp + time);
        vm.prevrandao(prevrandao);
        assertEq(keccak256(abi.encode(proofs.draws(holder.id), audits.leavesOf(audit))), drawn);
        bytes memory proof = _proof(holder.id);
        uint32 period = proofs.currentPeriod();
        vm.prank(sender, sender);
        proofs.prove(holder.id, period, proof);
        assertTrue(proofs.isProven(holder.id, period));
    }
}
