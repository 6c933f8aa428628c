// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICollateral} from "../../../../contracts/interfaces/ICollateral.sol";
import {Ask} from "../../../../contracts/types/Ask.sol";
import {Handover} from "../../../../contracts/types/Handover.sol";
import {AgreementId} from "../../../../contracts/types/StorageAgreement.sol";
import {NodeKeys} from "../../support/NodeKeys.sol";
import {ProofHandler} from "./ProofHandler.sol";

/// @notice What providers do: register, stake, offer, hand over, admit losses, leave.
abstract contract ProviderHandler is ProofHandler {
    /// @dev As many as support/NodeKeys.sol knows public keys of.
    uint256 private constant MAX_PROVIDERS = 16;
    uint256 private constant FIRST_KEY = 0xA001;
    /// @dev Some of them are full at times.
    uint32 private constant CAPACITY = 96;
    /// @dev Covers that, and a third more.
    uint256 private constant WORKING_STAKE = 2_000 ether;
    /// @dev More of them make every check slower and find nothing more.
    uint256 private constant MAX_WORKING = 5;

    /// @dev With an operator of its own, or with one that has a provider already.
    function provider_register(uint256 seed) external witnessed {
        uint256 index = providers.length;
        require(index < MAX_PROVIDERS, "no node keys left");
        require(_working() < MAX_WORKING, "enough providers");
        address operator =
            seed % 2 == 0
                ? makeAddr(string.concat("operator", vm.toString(index)))
                : providers[(seed >> 8) % index].operator;
        _register(operator, FIRST_KEY + index);
    }

    function provider_postAsk(uint256 seed, uint32 units) external witnessed {
        uint32 provider = _providerWhere(seed, _any);
        Ask memory ask = _ask(provider);
        ask.unitsLeft = uint32(bound(units, 1, 64));
        vm.prank(providers[provider - 1].operator);
        providers[provider - 1].askId = orderBook.postAsk(ask);
    }

    function provider_amendAsk(uint256 seed, uint32 units) external witnessed {
        uint32 provider = _providerWhere(seed, _hasAsk);
        Ask memory ask = _ask(provider);
        ask.unitsLeft = uint32(bound(units, 1, 64));
        vm.prank(vm.addr(providers[provider - 1].nodeKey));
        orderBook.amendAsk(providers[provider - 1].askId, ask);
    }

    function provider_cancelAsks(uint256 seed) external witnessed {
        uint32 provider = _providerWhere(seed, _hasAsk);
        vm.prank(providers[provider - 1].operator);
        orderBook.cancelAsks(provider, _askList(providers[provider - 1].askId));
    }

    function provider_stake(uint256 seed, uint256 amount) external witnessed {
        uint32 provider = _providerWhere(seed, _any);
        address operator = providers[provider - 1].operator;
        amount = bound(amount, 1, 10 ether);
        if (escrow.availableOf(operator) < amount) _fund(operator, amount);
        vm.prank(operator);
        collateral.stake(provider, operator, amount);
    }

    function provider_requestUnbond(uint256 seed, uint256 amount) external witnessed {
        uint32 provider = _providerWhere(seed, _hasFree);
        amount = bound(amount, 1, _unbondable(provider) / 8 + 1);
        vm.prank(providers[provider - 1].operator);
        collateral.requestUnbond(provider, amount);
    }

    function provider_withdrawUnbonded(uint256 seed) external witnessed {
        uint32 provider = _providerWhere(seed, _isUnbonded);
        vm.prank(reporter);
        collateral.withdrawUnbonded(provider);
    }

    function provider_withdraw(uint256 seed, uint256 amount) external witnessed {
        address operator = providers[_providerWhere(seed, _hasEarned) - 1].operator;
        amount = bound(amount, 1, escrow.availableOf(operator));
        vm.prank(operator);
        escrow.withdraw(operator, amount);
    }

    function provider_concede(uint256 seed) external witnessed {
        uint64 id = _liveWhere(seed, _anyLive);
        vm.prank(vm.addr(providers[agreementGhosts[id].provider - 1].nodeKey));
        agreements.concede(AgreementId.wrap(id));
    }

    function provider_handOver(uint256 seed) external witnessed {
        uint64 id = _liveWhere(seed, _canPassOn);
        AgreementGhost storage g = agreementGhosts[id];
        _seedKnown();
        // Who does not prove first is refused.
        if (seed % 8 != 0 && _owesProof(g.provider))
            proofs.prove(g.provider, proofs.currentPeriod(), _proof(g.provider));
        uint32 successor = _successorOf(seed >> 8, g);
        Handover memory handover = Handover({
            agreement: AgreementId.wrap(id),
            objectKey: g.objectKey,
            successor: successor,
            nonce: nextNonce++,
            deadline: _deadline()
        });
        bytes memory signature = _signFor(successor, _digestOf(handover));
        vm.prank(providers[g.provider - 1].operator);
        agreements.handOver(handover, signature);
        (lastHandover, lastHandoverSignature) = (handover, signature);
    }

    /// @dev What was signed before now holds no longer; handlers sign anew each time.
    function provider_revokeSignatures(uint256 seed) external witnessed {
        uint32 provider = _providerWhere(seed, _canRevoke);
        vm.prank(providers[provider - 1].operator);
        registry.revokeSignatures(provider, uint64(block.timestamp));
    }

    function provider_declareMaintenance(uint256 seed, uint32 wait, uint32 periods) external witnessed {
        uint32 provider = _providerWhere(seed, _isUp);
        ProviderGhost storage g = providerGhosts[provider];
        uint32 current = proofs.currentPeriod();
        bool begun = g.nextMaintenance <= current && g.nextMaintenance != g.maintainedUntil;
        uint32 last = begun ? g.nextMaintenance : g.lastMaintenance;
        uint32 earliest = last == 0 ? current + 1 : last + MAINTENANCE_CYCLE;
        if (earliest <= current) earliest = current + 1;
        address operator = providers[provider - 1].operator;
        vm.prank(operator);
        proofs.declareMaintenance(provider, earliest + (wait % 4), periods % (MAINTENANCE_PERIODS + 1));
    }

    function _register(address operator, uint256 nodeKey) internal {
        _fund(operator, STAKE);
        uint256 deadline = block.timestamp + 1 hours;
        bytes memory binding = _bind(operator, nodeKey, 826, deadline);
        bytes memory publicKey = NodeKeys.publicKeyOf(nodeKey);
        vm.prank(operator);
        uint32 provider = registry.register(publicKey, 826, "", deadline, binding);
        providerGhosts[provider].nodeKey = nodeKey;
        providers.push(Provider({id: provider, operator: operator, nodeKey: nodeKey, askId: 0}));
        vm.prank(operator);
        collateral.stake(provider, operator, WORKING_STAKE);
        _declare(providers[provider - 1], CAPACITY);
        vm.roll(block.number + 1);
        registry.assignPlacement(provider);
    }

    function _working() private view returns (uint256 count) {
        for (uint32 provider = 1; provider <= providers.length; ++provider) {
            if (_works(provider)) ++count;
        }
    }

    function _unbondable(uint32 provider) internal view returns (uint256) {
        ICollateral.Stake memory stake = collateral.stakes(provider);
        bool bonded = stake.locked != 0 || proofs.duties(provider).units != 0;
        uint256 kept = bonded ? BOND : 0;
        uint256 capacity = registry.capacityOf(provider);
        if (capacity != 0) {
            uint256 covers = BOND + capacity * _collateralParams().capacityBond;
            if (covers > stake.locked && covers - stake.locked > kept) kept = covers - stake.locked;
        }
        return stake.free > kept ? stake.free - kept : 0;
    }

    /// @dev Not in maintenance now.
    function _isUp(uint32 provider) private view returns (bool) {
        ProviderGhost storage g = providerGhosts[provider];
        uint32 current = proofs.currentPeriod();
        return g.nextMaintenance > current || g.maintainedUntil <= current;
    }

    function _hasAsk(uint32 provider) internal view returns (bool) {
        return askGhosts[providers[provider - 1].askId].provider != 0;
    }

    function _hasFree(uint32 provider) private view returns (bool) {
        return _unbondable(provider) != 0;
    }

    function _isUnbonded(uint32 provider) private view returns (bool) {
        ProviderGhost storage g = providerGhosts[provider];
        return g.unbonding != 0 && g.releaseTime <= block.timestamp;
    }

    function _hasEarned(uint32 provider) private view returns (bool) {
        return escrow.availableOf(providers[provider - 1].operator) != 0;
    }

    function _canRevoke(uint32 provider) private view returns (bool) {
        return providerGhosts[provider].voidThrough < block.timestamp;
    }

    /// @dev A period left, and somebody to take it.
    function _canPassOn(uint64 id) private view returns (bool) {
        AgreementGhost storage g = agreementGhosts[id];
        if (g.client == pairClient || g.openAudits != 0 || proofs.currentPeriod() + 1 >= _end(g)) return false;
        return _works(g.provider) && _successorOf(0, g) != 0;
    }

    function _successorOf(uint256 seed, AgreementGhost storage g) private view returns (uint32 provider) {
        uint256 count = providers.length;
        for (uint256 i; i < count; ++i) {
            provider = uint32(1 + (((seed % count) + i) % count));
            if (provider == g.provider || !_works(provider) || !_mayDeal(g.client, provider)) continue;
            if (_holdsShardOf(provider, g.client, g.objectKey) || !_hasRoom(provider, g.units)) continue;
            if (collateral.lockableOf(provider) >= _signedCollateral(g)) return provider;
        }
        return 0;
    }
}
