// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {IPossessionProofs} from "../../../../contracts/interfaces/IPossessionProofs.sol";
import {Sums} from "./Sums.sol";

/// @notice Properties 22 to 29 of README.md.
abstract contract ProofProperties is Sums {
    function _checkDutyOf(uint32 provider, IPossessionProofs.Duty memory duty, Totals memory totals) internal view {
        ProviderGhost storage g = providerGhosts[provider];
        _i22_units(provider, g, duty, totals);
        _i23_rent(provider, g, duty, totals);
        _i24_drawsStand();
        _i25_provenOrMissed(provider, g, duty);
        _i26_order(provider, duty);
        _i27_idsNeverUsedAgain(provider, g, duty);
        _i29_oneSeedAPeriod();
    }

    function _checkShardOf(uint64 id, AgreementGhost storage g) internal view {
        _i28_shardsStay(id, g);
    }

    function _i22_units(
        uint32 provider,
        ProviderGhost storage g,
        IPossessionProofs.Duty memory duty,
        Totals memory totals
    ) private view {
        _same(duty.units, g.failed ? 0 : totals.units[provider], "I22 units of provider", provider);
    }

    function _i23_rent(
        uint32 provider,
        ProviderGhost storage g,
        IPossessionProofs.Duty memory duty,
        Totals memory totals
    ) private view {
        _same(duty.rent, g.failed ? 0 : totals.rent[provider], "I23 rent of provider", provider);
    }

    function _i24_drawsStand() private view {
        _unbroken(24, "I24 a period's draws changed");
    }

    function _i25_provenOrMissed(
        uint32 provider,
        ProviderGhost storage g,
        IPossessionProofs.Duty memory duty
    ) private view {
        _unbroken(25, "I25 proven twice, late, or after it was missed");
        _same(duty.lastProven, g.lastProven, "I25 last proven period of provider", provider);
        _same(
            proofs.provenBetween(provider, 1, type(uint32).max),
            g.proven,
            "I25 proven periods of provider",
            provider
        );
    }

    function _i26_order(uint32 provider, IPossessionProofs.Duty memory duty) private view {
        _unbroken(26, "I26 a provider's record went back");
        _holds(duty.touched <= duty.resolvedThrough + 1, "I26 changed before resolved, provider", provider);
        _holds(duty.lastProven <= duty.resolvedThrough, "I26 proven before resolved, provider", provider);
        _holds(duty.resolvedThrough <= proofs.currentPeriod(), "I26 resolved beyond now, provider", provider);
    }

    function _i27_idsNeverUsedAgain(
        uint32 provider,
        ProviderGhost storage g,
        IPossessionProofs.Duty memory duty
    ) private view {
        _unbroken(27, "I27 an id was used twice or left out");
        _same(duty.leaves, g.leaves, "I27 agreements of provider", provider);
    }

    function _i28_shardsStay(uint64 id, AgreementGhost storage g) private view {
        bool active = g.status == IAgreements.Status.Active;
        _same(proofs.unitsOf(id), active ? g.units : 0, "I28 units of agreement", id);
        _holds(proofs.rootOf(id) == g.root, "I28 root of agreement", id);
    }

    function _i29_oneSeedAPeriod() private view {
        _unbroken(29, "I29 a period was seeded twice or at another time");
    }
}
