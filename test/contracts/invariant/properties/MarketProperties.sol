// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {INodeRegistry} from "../../../../contracts/interfaces/INodeRegistry.sol";
import {IReputation} from "../../../../contracts/interfaces/IReputation.sol";
import {Ask} from "../../../../contracts/types/Ask.sol";
import {Sums} from "./Sums.sol";

/// @notice Properties 39 to 42, and 46, of README.md.
abstract contract MarketProperties is Sums {
    function _checkMarketOf(uint32 provider) internal view {
        ProviderGhost storage g = providerGhosts[provider];
        _i39_asks(provider);
        _i40_identities(provider, g);
        _i41_reputation(provider, g);
    }

    function _checkRights(Totals memory totals) internal view {
        _i42_rights();
        _i46_colludingPair(totals);
    }

    function _i39_asks(uint32 provider) private view {
        _unbroken(39, "I39 an ask passed to another provider");
        uint64 id = providers[provider - 1].askId;
        if (id == 0) return;
        Ask memory ask = orderBook.asks(id);
        _same(ask.unitsLeft, askGhosts[id].unitsLeft, "I39 units left of ask", id);
        _same(ask.provider, askGhosts[id].provider, "I39 provider of ask", id);
    }

    function _i40_identities(uint32 provider, ProviderGhost storage g) private view {
        _unbroken(40, "I40 registered twice, or revoked signatures came back");
        INodeRegistry.Provider memory p = registry.providers(provider);
        _same(p.voidThrough, g.voidThrough, "I40 void signatures of provider", provider);
        _holds(_identityOf(p) == g.identity, "I40 identity of provider", provider);
        _same(registry.providerOfNode(p.nodeAddress), provider, "I40 node key of provider", provider);
    }

    function _i41_reputation(uint32 provider, ProviderGhost storage g) private view {
        IReputation.Record memory r = reputation.records(provider);
        _same(r.missed, g.missed, "I41 missed periods of provider", provider);
        _same(r.kept, g.kept, "I41 agreements kept by provider", provider);
        _same(r.failed, g.lost, "I41 agreements failed by provider", provider);
        _same(r.handedOver, g.handedOver, "I41 agreements handed over by provider", provider);
        _same(r.audited, g.audited, "I41 audits answered by provider", provider);
        uint256 score = reputation.scoreAt(provider, proofs.currentPeriod());
        _holds(score <= WHOLE, "I41 score of provider", provider);
    }

    function _i42_rights() private view {
        _unbroken(42, "I42 something forbidden succeeded");
    }

    function _i46_colludingPair(Totals memory totals) private view {
        uint256 out = totals.pairHas + pairOut + pairBurned + pairPaidOthers;
        _same(out, pairIn + pairEarnedFromOthers, "I46 colluding pair", 0);
    }
}
