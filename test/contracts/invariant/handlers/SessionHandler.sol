// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {StorageAgreement} from "../../../../contracts/types/StorageAgreement.sol";
import {ClientHandler} from "./ClientHandler.sol";
import {DemandHandler} from "./DemandHandler.sol";

/// @notice What clients let hot keys do: form, top up and audit within a budget.
abstract contract SessionHandler is ClientHandler, DemandHandler {
    uint256 internal constant SESSION_BUDGET = 3 ether;

    function session_authorize(uint256 who, uint256 budget, uint256 duration) external witnessed {
        _authorize(_client(who), bound(budget, 1, SESSION_BUDGET), bound(duration, 1 hours, 10 days));
    }

    function session_revoke(uint256 who) external witnessed {
        address owner = _ownerWhere(who, _hasSession);
        vm.prank(owner);
        escrow.revokeSession(_keyOf(owner));
    }

    /// @dev The key calls, nobody signs for the client.
    function session_form(uint256 seed) external witnessed {
        (StorageAgreement[] memory list, bytes[] memory signatures) = _batch(seed);
        _needSession(list[0].client);
        vm.prank(_keyOf(list[0].client));
        agreements.form(list, signatures, "");
    }

    function session_topUp(uint256 seed, uint24 periods) external witnessed {
        uint64 id = _liveWhere(seed, _isTopUpable);
        AgreementGhost storage g = agreementGhosts[id];
        _needSession(g.client);
        periods = uint24(bound(periods, 1, 6));
        vm.prank(_keyOf(g.client));
        agreements.topUp(_idOf(id), g.client, periods, providers[g.provider - 1].askId);
    }

    function session_audit(uint256 seed) external witnessed {
        uint64 id = _liveWhere(seed, _isAuditable);
        address owner = agreementGhosts[id].client;
        _needSession(owner);
        vm.prank(_keyOf(owner));
        audits.openAudit(_idOf(id), owner);
    }

    /// @dev Most keys that are used hold; what is left of a budget may still be too little.
    function _needSession(address owner) private {
        if (sessionGhosts[owner][_keyOf(owner)].expiry <= block.timestamp) _authorize(owner, SESSION_BUDGET, 1 days);
    }

    function _authorize(address owner, uint256 budget, uint256 duration) private {
        vm.prank(owner);
        escrow.authorizeSession(_keyOf(owner), uint96(budget), uint40(block.timestamp + duration));
    }

    function _keyOf(address owner) internal pure returns (address) {
        return address(uint160(owner) ^ 1);
    }

    function _hasSession(address owner) internal view returns (bool) {
        return sessionGhosts[owner][_keyOf(owner)].expiry != 0;
    }

    function _ownerWhere(
        uint256 seed,
        function(address) internal view returns (bool) fits
    ) internal view returns (address owner) {
        for (uint256 i; i < clients.length; ++i) {
            owner = clients[((seed % clients.length) + i) % clients.length];
            if (fits(owner)) return owner;
        }
        revert("no such client");
    }

    function _isTopUpable(uint64 id) internal view returns (bool) {
        AgreementGhost storage g = agreementGhosts[id];
        if (proofs.currentPeriod() >= _end(g) || providerGhosts[g.provider].failed) return false;
        uint64 ask = providers[g.provider - 1].askId;
        return askGhosts[ask].provider != 0 && g.price >= orderBook.askPrice(ask) && g.periods < 64;
    }
}
