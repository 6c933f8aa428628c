// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IAgreements} from "./interfaces/IAgreements.sol";
import {ICollateral} from "./interfaces/ICollateral.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {AgreementSlot} from "./libraries/AgreementSlot.sol";
import {Holders} from "./libraries/Holders.sol";
import {AgreementId, StorageAgreement, StorageAgreementLib} from "./types/StorageAgreement.sol";

/// @param burnBps share of the price burned at signing, 1/10,000
/// @param holdbackBps share of each payment kept to the end, 1/10,000
/// @param noticePeriods periods between a client's notice and the end
/// @param minValue smallest price × units × periods, token wei
struct AgreementParams {
    uint16 burnBps;
    uint16 holdbackBps;
    uint32 noticePeriods;
    uint96 minValue;
}

/// @title Forming, settling and ending agreements; see IAgreements
contract Agreements is IAgreements, EIP712 {
    using AgreementSlot for Agreement;
    using Holders for mapping(bytes32 => mapping(uint256 => uint256));

    /// @dev What all agreements of one `form` have in common.
    /// @param account the client's account number
    /// @param startPeriod first paid period
    /// @param deposit the client's available balance before this batch, token wei
    struct Batch {
        uint32 account;
        uint32 startPeriod;
        uint256 deposit;
    }

    uint256 private constant _BPS = 10_000;

    uint256 public immutable burnBps;
    uint256 public immutable holdbackBps;
    uint32 public immutable noticePeriods;
    uint256 public immutable minValue;

    IEscrow public immutable escrow;
    INodeRegistry public immutable registry;
    IOrderBook public immutable orderBook;
    IPossessionProofs public immutable proofs;
    ICollateral public immutable collateral;
    IReputation public immutable reputation;

    mapping(AgreementId id => Agreement) private _agreements;
    /// @dev client and object key => packed agreement ids by shard index
    mapping(bytes32 objectSlot => mapping(uint256 word => uint256)) private _holders;
    mapping(address client => mapping(uint64 word => uint256)) private _nonces;

    constructor(
        AgreementParams memory params,
        IEscrow escrow_,
        INodeRegistry registry_,
        IOrderBook orderBook_,
        IPossessionProofs proofs_,
        ICollateral collateral_,
        IReputation reputation_
    ) EIP712("Stowmarket Agreements", "1") {
        burnBps = params.burnBps;
        holdbackBps = params.holdbackBps;
        noticePeriods = params.noticePeriods;
        minValue = params.minValue;
        escrow = escrow_;
        registry = registry_;
        orderBook = orderBook_;
        proofs = proofs_;
        collateral = collateral_;
        reputation = reputation_;
    }

    // ---------------------------------------------------------------- forming

    /// @inheritdoc IAgreements
    function form(
        StorageAgreement[] memory list,
        bytes[] calldata providerSignatures,
        bytes calldata clientSignature
    ) external returns (AgreementId[] memory ids) {
        uint256 length = list.length;
        require(length != 0, Agreements_EmptyBatch());
        require(length == providerSignatures.length, Agreements_LengthMismatch(length, providerSignatures.length));

        (uint256 total, bytes32[] memory hashes) = _checkAll(list, clientSignature);
        Batch memory batch = _lockPayment(list[0].client, total);
        for (uint256 i; i < length; ++i) {
            _requireProviderSignature(list[i].provider, i, hashes[i], providerSignatures[i]);
        }
        ids = new AgreementId[](length);
        for (uint256 i; i < length; ++i) {
            ids[i] = _formOne(list[i], batch);
        }
    }

    /// @return total token wei that the client locks for the whole batch
    /// @return hashes EIP-712 struct hashes, in order
    function _checkAll(
        StorageAgreement[] memory list,
        bytes calldata clientSignature
    ) private returns (uint256 total, bytes32[] memory hashes) {
        address client = list[0].client;
        hashes = new bytes32[](list.length);
        for (uint256 i; i < list.length; ++i) {
            total += _check(list[i], i, client);
            hashes[i] = list[i].hash();
        }
        if (msg.sender != client) _requireClientSignature(client, hashes, clientSignature);
    }

    /// @return value price × units × periods of a well-formed agreement, token wei
    function _check(StorageAgreement memory a, uint256 index, address client) private returns (uint256 value) {
        require(a.client == client, Agreements_MixedClients(client, a.client));
        require(block.timestamp <= a.deadline, Agreements_Expired(index, a.deadline, block.timestamp));
        require(a.units != 0, Agreements_ZeroUnits(index));
        require(a.pricePerUnitPeriod != 0, Agreements_ZeroPrice(index));
        require(a.periods != 0, Agreements_ZeroPeriods(index));
        // At most 2^32 × 2^64: no overflow in 256 bits, here and wherever rent is multiplied.
        uint256 rent = uint256(a.units) * a.pricePerUnitPeriod;
        require(
            a.collateral != 0 && a.collateral % rent == 0 && a.collateral / rent <= type(uint24).max,
            Agreements_CollateralNotMultiple(index, a.collateral, rent)
        );
        value = rent * a.periods;
        require(value >= minValue, Agreements_ValueTooSmall(index, value, minValue));
        _useNonce(client, a.nonce);
    }

    function _lockPayment(address client, uint256 total) private returns (Batch memory batch) {
        batch.deposit = escrow.availableOf(client);
        batch.account = escrow.lock(client, total, _burnOf(total));
        batch.startPeriod = proofs.currentPeriod() + 1;
    }

    function _formOne(StorageAgreement memory a, Batch memory batch) private returns (AgreementId id) {
        uint256 rent = uint256(a.units) * a.pricePerUnitPeriod;
        // Bounded by _check.
        uint24 collateralPeriods = uint24(a.collateral / rent);

        // rent < 2^96, so it fits.
        uint32 leaf = proofs.add(a.provider, a.shardRoot, a.units, uint128(rent));
        id = AgreementId.wrap((uint64(a.provider) << 32) | leaf);

        bytes32 objectSlot = _objectSlot(a.client, a.objectKey);
        _requireFree(objectSlot, a.provider, a.objectKey, a.shardIndex);
        _holders.put(objectSlot, a.shardIndex, AgreementId.unwrap(id));

        Agreement memory formed = Agreement({
            clientAccount: batch.account,
            startPeriod: batch.startPeriod,
            periods: a.periods,
            pricePerUnitPeriod: a.pricePerUnitPeriod,
            settledPeriods: 0,
            provenPeriods: 0,
            collateralPeriods: collateralPeriods,
            shardIndex: a.shardIndex,
            status: Status.Active
        });
        formed.store(_agreements[id]);
        _emitFormed(id, batch.startPeriod, a);

        collateral.lock(a.provider, a.collateral);
        if (a.askId != 0) {
            orderBook.fill(
                a.askId,
                a.provider,
                a.units,
                a.periods,
                a.pricePerUnitPeriod,
                collateralPeriods,
                batch.deposit
            );
        }
    }

    /// @dev `emit AgreementFormed(id, a.client, a.provider, startPeriod, a)` without a copy: the data are the start period, which stands
    /// for a moment in the word before the struct, and the struct.
    function _emitFormed(AgreementId id, uint32 startPeriod, StorageAgreement memory a) private {
        bytes32 signature = AgreementFormed.selector;
        (address client, uint32 provider, uint256 bytes_) = (a.client, a.provider, StorageAgreementLib.BYTES + 32);
        assembly ("memory-safe") {
            let start := sub(a, 0x20)
            let kept := mload(start)
            mstore(start, startPeriod)
            log4(start, bytes_, signature, id, client, provider)
            mstore(start, kept)
        }
    }

    /// @dev One live shard of an object per provider, and one live agreement per shard.
    function _requireFree(bytes32 objectSlot, uint32 provider, bytes32 objectKey, uint8 shardIndex) private view {
        uint256 lane;
        for (uint256 word; ; ++word) {
            uint256 packed = _holders[objectSlot][word];
            if (packed == 0) break;
            for (; packed != 0; (packed >>= 64, ++lane)) {
                AgreementId held = AgreementId.wrap(uint64(packed));
                if (AgreementId.unwrap(held) == 0) continue;
                if (lane == shardIndex) {
                    require(!_isActive(held), Agreements_ShardTaken(objectKey, shardIndex, held));
                } else if (_providerOf(held) == provider) {
                    require(!_isActive(held), Agreements_ProviderHoldsShard(provider, objectKey, uint8(lane)));
                }
            }
            lane = (word + 1) * Holders.LANES;
        }
        // Without gaps the scan above can stop at the first empty word.
        uint256 own = shardIndex / Holders.LANES;
        require(own == 0 || _holders[objectSlot][own - 1] != 0, Agreements_ShardGap(objectKey, shardIndex));
    }

    // --------------------------------------------------------------- settling

    /// @inheritdoc IAgreements
    function settle(AgreementId[] calldata ids) external {
        uint32 current = proofs.currentPeriod();
        for (uint256 i; i < ids.length; ++i) {
            Agreement memory a = _requireActive(ids[i]);
            _settle(ids[i], a, current);
            a.store(_agreements[ids[i]]);
        }
    }

    /// @dev Pays periods up to `current` or the end of the term; updates `a` in memory, the caller stores it.
    /// Every sum is of the form f(total) - f(before), so that settling often or once pays the same to the wei.
    /// @return rent token wei per period
    function _settle(AgreementId id, Agreement memory a, uint32 current) private returns (uint256 rent) {
        uint32 from = a.startPeriod + a.settledPeriods;
        uint32 to = a.startPeriod + a.periods;
        if (to > current) to = current;
        if (to < from) to = from;

        (uint32 proven, uint32 units) = proofs.count(AgreementId.unwrap(id), from, to);
        rent = uint256(a.pricePerUnitPeriod) * units;
        if (to == from) return rent;

        _pay(id, a, rent, from, to, proven);
        // Both are at most a.periods, a uint24.
        a.settledPeriods = uint24(to - a.startPeriod);
        a.provenPeriods += uint24(proven);
        collateral.settleSlashes(_providerOf(id), a.clientAccount, a.startPeriod, from, to, rent * a.collateralPeriods);
    }

    /// @dev Pays periods [from, to), `proven` of them proven.
    function _pay(AgreementId id, Agreement memory a, uint256 rent, uint32 from, uint32 to, uint32 proven) private {
        uint256 heldBack = _heldBack(rent, a.provenPeriods + proven) - _heldBack(rent, a.provenPeriods);
        uint256 paid = rent * proven - heldBack;
        uint256 refunded = rent * (to - from - proven);
        emit AgreementSettled(id, from, to, proven, paid, refunded, heldBack);
        escrow.release(registry.operatorAccountOf(_providerOf(id)), paid, a.clientAccount, refunded);
    }

    // ----------------------------------------------------------------- ending

    /// @inheritdoc IAgreements
    function giveNotice(AgreementId id) external {
        Agreement storage a = _agreements[id];
        require(a.status == Status.Active, Agreements_NotActive(id, a.status));
        (address client, ) = escrow.accounts(a.clientAccount);
        require(msg.sender == client, Agreements_NotClient(id, msg.sender));

        uint32 endPeriod = proofs.currentPeriod() + 1 + noticePeriods;
        uint32 start = a.startPeriod;
        uint24 before = a.periods;
        require(endPeriod < start + before, Agreements_NothingToShorten(id, start + before));
        // Below `before`, a uint24.
        a.periods = uint24(endPeriod - start);

        uint256 refunded = uint256(before - a.periods) * a.pricePerUnitPeriod * proofs.unitsOf(AgreementId.unwrap(id));
        emit NoticeGiven(id, endPeriod, refunded);
        escrow.release(a.clientAccount, refunded, 0, 0);
    }

    /// @inheritdoc IAgreements
    function end(AgreementId id) external {
        Agreement memory a = _requireActive(id);
        uint32 current = proofs.currentPeriod();
        uint32 endPeriod = a.startPeriod + a.periods;
        // Settling records missed periods first, so the failure below is up to date.
        uint256 rent = _settle(id, a, current);
        ICollateral.Stake memory stake = collateral.stakes(_providerOf(id));
        bool failed = stake.strikes == type(uint8).max && stake.lastMiss < endPeriod;
        require(failed || current >= endPeriod, Agreements_NotOver(id, endPeriod, current));
        _close(id, a, rent, current, failed, false);
    }

    /// @inheritdoc IAgreements
    function concede(AgreementId id) external {
        uint32 provider = _providerOf(id);
        require(registry.isAuthorized(provider, msg.sender), Agreements_NotProvider(id, msg.sender));
        Agreement memory a = _requireActive(id);
        uint32 current = proofs.currentPeriod();
        uint256 rent = _settle(id, a, current);
        _close(id, a, rent, current, true, true);
    }

    /// @dev `a` is settled up to `current`. A failed agreement gives the rest of the rent and the hold-back to the client.
    function _close(
        AgreementId id,
        Agreement memory a,
        uint256 rent,
        uint32 current,
        bool failed,
        bool conceded
    ) private {
        uint32 provider = _providerOf(id);
        uint256 released = _heldBack(rent, a.provenPeriods);
        uint256 unserved = rent * (a.periods - a.settledPeriods);
        uint32 settledTo = a.startPeriod + a.settledPeriods;
        a.status = failed ? Status.Failed : Status.Kept;
        a.store(_agreements[id]);

        proofs.remove(AgreementId.unwrap(id), uint128(rent), conceded);
        uint256 returned = collateral.releaseCollateral(
            provider,
            a.clientAccount,
            a.startPeriod,
            settledTo,
            rent * a.collateralPeriods,
            failed
        );
        emit AgreementEnded(id, a.status, released, returned);
        if (failed) {
            escrow.release(a.clientAccount, released + unserved, 0, 0);
            reputation.recordFailed(provider, current, unserved);
        } else {
            escrow.release(registry.operatorAccountOf(provider), released, a.clientAccount, unserved);
            reputation.recordKept(provider);
        }
    }

    // ------------------------------------------------------------ nonces, views

    /// @inheritdoc IAgreements
    function revokeNonces(uint64 word, uint256 mask) external {
        _nonces[msg.sender][word] |= mask;
        emit NoncesRevoked(msg.sender, word, mask);
    }

    /// @inheritdoc IAgreements
    function agreements(AgreementId id) external view returns (Agreement memory) {
        return _agreements[id].load();
    }

    /// @inheritdoc IAgreements
    function holdersOf(address client, bytes32 objectKey) external view returns (AgreementId[] memory ids) {
        return _holders.list(_objectSlot(client, objectKey));
    }

    /// @inheritdoc IAgreements
    function isNonceUsed(address client, uint64 nonce) external view returns (bool) {
        return _nonces[client][nonce >> 8] & (1 << (nonce & 0xff)) != 0;
    }

    /// @inheritdoc IAgreements
    function digestOf(StorageAgreement memory agreement) external view returns (bytes32) {
        return _hashTypedDataV4(agreement.hash());
    }

    function _useNonce(address client, uint64 nonce) private {
        uint256 bit = 1 << (nonce & 0xff);
        uint256 word = _nonces[client][nonce >> 8];
        require(word & bit == 0, Agreements_NonceUsed(client, nonce));
        _nonces[client][nonce >> 8] = word | bit;
    }

    function _requireProviderSignature(
        uint32 provider,
        uint256 index,
        bytes32 hash,
        bytes calldata signature
    ) private view {
        address expected = registry.nodeAddressOf(provider);
        // A node key is a plain secp256k1 key (the peer id derives from it), so no contract wallet can stand here.
        (address recovered, , ) = ECDSA.tryRecoverCalldata(_hashTypedDataV4(hash), signature);
        require(
            recovered == expected && expected != address(0),
            Agreements_BadProviderSignature(index, recovered, expected)
        );
    }

    function _requireClientSignature(address client, bytes32[] memory hashes, bytes calldata signature) private view {
        bytes32 digest = _hashTypedDataV4(StorageAgreementLib.hashBatch(hashes));
        require(
            SignatureChecker.isValidSignatureNowCalldata(client, digest, signature),
            Agreements_BadClientSignature(client)
        );
    }

    function _requireActive(AgreementId id) private view returns (Agreement memory a) {
        a = _agreements[id].load();
        require(a.status == Status.Active, Agreements_NotActive(id, a.status));
    }

    function _isActive(AgreementId id) private view returns (bool) {
        return _agreements[id].status == Status.Active;
    }

    /// @dev Rounded up: rounding is paid by the mover.
    function _burnOf(uint256 value) private view returns (uint256) {
        return (value * burnBps + _BPS - 1) / _BPS;
    }

    function _heldBack(uint256 rent, uint256 provenPeriods) private view returns (uint256) {
        return (rent * provenPeriods * holdbackBps) / _BPS;
    }

    function _providerOf(AgreementId id) private pure returns (uint32) {
        return uint32(AgreementId.unwrap(id) >> 32);
    }

    function _objectSlot(address client, bytes32 objectKey) private pure returns (bytes32) {
        return keccak256(abi.encode(client, objectKey));
    }
}
