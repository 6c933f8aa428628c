// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {AgreementId} from "../../../../contracts/types/StorageAgreement.sol";
import {Sums} from "./Sums.sol";

/// @notice Properties 30 to 38 of README.md.
abstract contract AgreementProperties is Sums {
    function _checkLifeOf(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) internal view {
        _i30_transitions(id, g, a);
        if (g.status != IAgreements.Status.Active) return _i31_theEndIsTheEnd(id, g, a);
        _i32_whatWasSignedStands(id, g, a);
        _i33_term(id, g, a);
        _i34_settlingMovesForward(id, g, a);
    }

    function _checkObjectOf(uint64 id, AgreementGhost storage g) internal view {
        AgreementId[] memory holders = agreements.holdersOf(g.client, g.objectKey);
        _i35_oneLiveShard(g, holders);
        _i36_holder(id, g, holders);
    }

    function _checkSignatures() internal view {
        _i37_successor();
        _i38_signatureOnce();
    }

    function _i30_transitions(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) private view {
        _unbroken(30, "I30 a forbidden transition");
        _same(uint8(a.status), uint8(g.status), "I30 status of agreement", id);
    }

    function _i31_theEndIsTheEnd(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) private view {
        _holds(keccak256(abi.encode(a)) == g.frozen, "I31 changed after its end: agreement", id);
    }

    function _i32_whatWasSignedStands(
        uint64 id,
        AgreementGhost storage g,
        IAgreements.Agreement memory a
    ) private view {
        _same(a.clientAccount, g.clientAccount, "I32 client of agreement", id);
        _same(a.pricePerUnitPeriod, g.price, "I32 price of agreement", id);
        _same(a.startPeriod, g.startPeriod, "I32 start of agreement", id);
        _same(a.collateralPeriods, g.collateralPeriods, "I32 collateral of agreement", id);
        _same(a.shardIndex, g.shardIndex, "I32 shard of agreement", id);
        _holds(a.repair == g.repair, "I32 whether it repairs: agreement", id);
    }

    function _i33_term(uint64 id, AgreementGhost storage g, IAgreements.Agreement memory a) private view {
        _unbroken(33, "I33 a term changed by more or less than announced");
        _same(a.periods, g.periods, "I33 term of agreement", id);
    }

    function _i34_settlingMovesForward(
        uint64 id,
        AgreementGhost storage g,
        IAgreements.Agreement memory a
    ) private view {
        _unbroken(34, "I34 settled twice, out of order or ahead of time");
        _same(a.settledPeriods, g.settled, "I34 settled periods of agreement", id);
        _same(a.provenPeriods, g.proven, "I34 proven periods of agreement", id);
        _holds(a.settledPeriods <= a.periods, "I34 settled beyond the term: agreement", id);
        _holds(a.provenPeriods <= a.settledPeriods + g.inherited, "I34 proven beyond settled: agreement", id);
    }

    /// @dev Two live agreements for a shard cannot both be its holder, so the other half is property 36.
    function _i35_oneLiveShard(AgreementGhost storage g, AgreementId[] memory holders) private view {
        uint256 found;
        for (uint256 i; i < holders.length; ++i) {
            AgreementGhost storage other = agreementGhosts[AgreementId.unwrap(holders[i])];
            if (other.status == IAgreements.Status.Active && other.provider == g.provider) ++found;
        }
        _same(found, 1, "I35 live shards of one object at provider", g.provider);
    }

    function _i36_holder(uint64 id, AgreementGhost storage g, AgreementId[] memory holders) private view {
        _same(AgreementId.unwrap(holders[g.shardIndex]), id, "I36 holder of a shard", id);
    }

    function _i37_successor() private view {
        _unbroken(37, "I37 a successor took over something else");
    }

    function _i38_signatureOnce() private view {
        _unbroken(38, "I38 a nonce served twice");
        if (lastFormed.units == 0) return;
        bool used = agreements.isNonceUsed(lastFormed.client, lastFormed.nonce);
        _holds(used, "I38 the last agreement's nonce is still good", lastFormed.nonce);
    }
}
