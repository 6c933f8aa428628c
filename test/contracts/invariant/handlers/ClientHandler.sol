// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementId, StorageAgreement, StorageAgreementLib} from "../../../../contracts/types/StorageAgreement.sol";
import {Renewal} from "../../../../contracts/types/Renewal.sol";
import {ConstantShard} from "../../support/ConstantShard.sol";
import {Actor} from "./Actor.sol";

/// @notice What clients do: pay in and out, form, renew, give notice.
abstract contract ClientHandler is Actor {
    uint256 private constant MAX_LIVE = 16;
    uint256 private constant MAX_UNITS = 16;
    uint256 private constant MAX_BATCH = 3;
    uint256 private constant OBJECTS = 4;
    uint256 private constant SHARDS = 6;

    function client_deposit(uint256 who, uint256 amount) external witnessed {
        _fund(_client(who), bound(amount, 1, 1_000 ether));
    }

    function client_depositWithPermit(uint256 who, uint256 amount) external witnessed {
        address owner = _client(who);
        amount = bound(amount, 1, 1_000 ether);
        token.transfer(owner, amount);
        (uint8 v, bytes32 r, bytes32 s) = _signPermit(owner, amount);
        vm.prank(owner);
        escrow.depositWithPermit(amount, block.timestamp, v, r, s);
    }

    function client_withdraw(uint256 who, uint256 amount) external witnessed {
        address owner = _client(who);
        amount = bound(amount, 1, escrow.availableOf(owner) / 4);
        vm.prank(owner);
        escrow.withdraw(owner, amount);
    }

    /// @dev The client sends it itself.
    function client_form(uint256 seed) external witnessed {
        (StorageAgreement[] memory list, bytes[] memory signatures) = _batch(seed);
        vm.prank(list[0].client);
        agreements.form(list, signatures, "");
        (lastFormed, lastFormedSignature) = (list[0], signatures[0]);
    }

    /// @dev Somebody else sends it, with the client's signature over the batch.
    function client_formByRelayer(uint256 seed) external witnessed {
        (StorageAgreement[] memory list, bytes[] memory signatures) = _batch(seed);
        bytes32[] memory hashes = new bytes32[](list.length);
        for (uint256 i; i < list.length; ++i) {
            hashes[i] = list[i].hash();
        }
        bytes32 digest = _digest("Stowmarket Agreements", address(agreements), StorageAgreementLib.hashBatch(hashes));
        bytes memory signature = _sign(clientKeys[list[0].client], digest);
        vm.prank(reporter);
        agreements.form(list, signatures, signature);
    }

    function client_renew(uint256 seed, uint24 periods) external witnessed {
        uint64 id = _liveWhere(seed, _isRenewable);
        AgreementGhost storage g = agreementGhosts[id];
        Renewal memory renewal = Renewal({
            agreement: AgreementId.wrap(id),
            client: g.client,
            periods: uint24(bound(periods, 1, 8)),
            nonce: nextNonce++,
            deadline: _deadline()
        });
        bytes32 digest = _digestOf(renewal);
        bytes memory signature = _signFor(g.provider, digest);
        bool relayed = seed % 2 == 0;
        bytes memory own = relayed ? _sign(clientKeys[g.client], digest) : bytes("");
        vm.prank(relayed ? reporter : g.client);
        agreements.renew(renewal, signature, own);
        (lastRenewal, lastRenewalSignature) = (renewal, signature);
    }

    function client_giveNotice(uint256 seed) external witnessed {
        uint64 id = _liveWhere(seed, _isShortenable);
        vm.prank(agreementGhosts[id].client);
        agreements.giveNotice(AgreementId.wrap(id));
    }

    function client_revokeNonces(uint256 who, uint64 word, uint256 mask) external witnessed {
        // Far from the nonces that handlers count up.
        word = uint64(bound(word, 1 << 32, type(uint64).max >> 8));
        vm.prank(_client(who));
        agreements.revokeNonces(word, mask);
    }

    function _isRenewable(uint64 id) internal view returns (bool) {
        AgreementGhost storage g = agreementGhosts[id];
        return proofs.currentPeriod() < _end(g) && !providerGhosts[g.provider].failed && g.periods < 64;
    }

    function _isShortenable(uint64 id) private view returns (bool) {
        return proofs.currentPeriod() + 1 + NOTICE_PERIODS < _end(agreementGhosts[id]);
    }

    /// @dev Up to three agreements of one client, each for a shard and with a provider that are free for each other.
    function _batch(uint256 seed) internal returns (StorageAgreement[] memory list, bytes[] memory signatures) {
        require(live.length + MAX_BATCH <= MAX_LIVE, "enough agreements");
        address owner = _client(seed >> 8);
        bytes32 objectKey = keccak256(abi.encode(owner, (seed >> 16) % OBJECTS));
        uint256 wanted = 1 + ((seed >> 24) % MAX_BATCH);
        list = new StorageAgreement[](wanted);
        uint256 count;
        uint8 shard;
        uint32 providerCount = registry.providerCount();
        for (uint32 i; i < providerCount && count < wanted; ++i) {
            uint32 provider = uint32(1 + (((seed >> 32) + i) % providerCount));
            if (!_works(provider) || !_mayDeal(owner, provider) || _holdsShardOf(provider, owner, objectKey)) continue;
            // Now and then one that may be full is asked all the same.
            if (!_hasRoom(provider, MAX_UNITS) && seed % 16 != 0) continue;
            while (shard < SHARDS && _isShardTaken(owner, objectKey, shard)) ++shard;
            if (shard == SHARDS) break;
            list[count++] = _terms(owner, provider, objectKey, shard++, uint256(keccak256(abi.encode(seed, i))));
        }
        require(count != 0, "nothing free");
        assembly ("memory-safe") {
            mstore(list, count)
        }
        signatures = new bytes[](count);
        for (uint256 i; i < count; ++i) {
            signatures[i] = _signFor(list[i].provider, agreements.digestOf(list[i]));
        }
    }

    /// @dev Odd prices, so that rounding has something to round; half of them take the provider's first ask.
    function _terms(
        address owner,
        uint32 provider,
        bytes32 objectKey,
        uint8 shard,
        uint256 seed
    ) private returns (StorageAgreement memory a) {
        uint32 units = uint32(1 << (seed % 5));
        bytes32 fill = keccak256(abi.encode(objectKey, shard, units));
        uint64 price = uint64(PRICE + ((seed >> 16) % PRICE));
        uint24 collateralPeriods = uint24(COLLATERAL_PERIODS + ((seed >> 8) % 10));
        bytes32 root = ConstantShard.rootOf(fill, units);
        fillOf[root] = fill;
        a = StorageAgreement({
            client: owner,
            provider: provider,
            objectKey: objectKey,
            shardIndex: shard,
            shardRoot: root,
            units: units,
            pricePerUnitPeriod: price,
            periods: uint24(1 + ((seed >> 80) % 16)),
            collateral: 0,
            askId: 0,
            bidId: 0,
            nonce: nextNonce++,
            deadline: _deadline()
        });
        uint64 ask = providers[provider - 1].askId;
        if (seed >> 255 == 1 && askGhosts[ask].unitsLeft >= units) a.askId = ask;
        else a.pricePerUnitPeriod = price = uint64(1e6 + ((seed >> 16) % 1e15));
        a.collateral = uint96(uint256(price) * units * collateralPeriods);
    }
}
