// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {Handover} from "../../../contracts/types/Handover.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice What declared maintenance costs, in money.
contract AgreementsMaintenanceTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint24 private constant TERM = 10;
    uint256 private constant RENT = 4 * uint256(PRICE);
    uint256 private constant COLLATERAL = RENT * COLLATERAL_PERIODS;

    AgreementId private id;
    uint32 private start;
    uint32 private provider;

    function setUp() public override {
        super.setUp();
        _addProviders(2);
        provider = providers[0].id;
        id = _formNew(providers[0], OBJECT, 4, TERM);
        start = proofs.currentPeriod() + 1;
        vm.prank(vm.addr(providers[0].nodeKey));
        proofs.declareMaintenance(provider, start + 2, MAINTENANCE_PERIODS);
    }

    function _serve(uint32 from, uint32 until) private {
        for (uint32 period = from; period < until; ++period) {
            _toPeriod(period);
            _prove(provider);
        }
    }

    function test_NeitherPayNorSlash() public {
        uint256 clientBefore = escrow.availableOf(client);
        uint256 operatorBefore = escrow.availableOf(providers[0].operator);
        uint256 freeBefore = collateral.stakes(provider).free;
        _serve(start, start + 2);
        _serve(start + 2 + MAINTENANCE_PERIODS, start + TERM);
        _toPeriod(start + TERM);
        agreements.end(id);

        assertEq(escrow.availableOf(providers[0].operator) - operatorBefore, RENT * (TERM - MAINTENANCE_PERIODS));
        assertEq(escrow.availableOf(client) - clientBefore, RENT * MAINTENANCE_PERIODS);
        assertEq(collateral.stakes(provider).free - freeBefore, COLLATERAL);
        assertEq(collateral.stakes(provider).slashes, 0);
        assertEq(reputation.records(provider).missed, 0);
        assertEq(escrow.lockedBy(address(agreements)), 0);
        _assertConserved();
    }

    function test_ProvingInItIsPaid() public {
        uint256 before = escrow.availableOf(providers[0].operator);
        _serve(start, start + TERM);
        _toPeriod(start + TERM);
        agreements.end(id);
        assertEq(escrow.availableOf(providers[0].operator) - before, RENT * TERM);
    }

    /// @dev Misses on both sides of it are slashed as if it were not there: 1% and then 5% of the rest.
    function test_MissesAroundItAreSlashed() public {
        _serve(start, start + 1);
        _toPeriod(start + 3 + MAINTENANCE_PERIODS);
        uint256 before = escrow.availableOf(client);
        AgreementId[] memory ids = new AgreementId[](1);
        ids[0] = id;
        agreements.settle(ids);
        uint256 lost = COLLATERAL - (COLLATERAL * 9_405) / 10_000;
        assertEq(escrow.availableOf(client) - before, RENT * (MAINTENANCE_PERIODS + 2) + (lost * 7_000) / 10_000);
        assertEq(collateral.stakes(provider).slashes, 2);
        assertEq(reputation.records(provider).missed, 2);
        _assertConserved();
    }

    /// @dev [14] It excuses from proving, and from nothing else: what was lost cannot be handed over meanwhile.
    function test_RevertWhen_HandedOverUnprovenDuringIt() public {
        _serve(start, start + 2);
        _toPeriod(start + 2);
        Handover memory h = Handover(id, OBJECT, providers[1].id, 77, uint64(block.timestamp));
        bytes32 typeHash = keccak256(
            "Handover(uint64 agreement,bytes32 objectKey,uint32 successor,uint64 nonce,uint64 deadline)"
        );
        bytes32 structHash = keccak256(bytes.concat(typeHash, abi.encode(h)));
        bytes memory signature = _sign(
            providers[1].nodeKey,
            _digest("Stowmarket Agreements", address(agreements), structHash)
        );
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_ProofOwed.selector, id, provider, proofs.currentPeriod())
        );
        vm.prank(providers[0].operator);
        agreements.handOver(h, signature);
    }
}
