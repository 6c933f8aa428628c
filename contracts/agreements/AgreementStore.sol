// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IAgreements} from "../interfaces/IAgreements.sol";
import {ICollateral} from "../interfaces/ICollateral.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IOrderBook} from "../interfaces/IOrderBook.sol";
import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "../interfaces/IPriceIndex.sol";
import {IReputation} from "../interfaces/IReputation.sol";
import {AgreementSlot} from "../libraries/AgreementSlot.sol";
import {AgreementId, StorageAgreement, StorageAgreementLib} from "../types/StorageAgreement.sol";

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

/// @title What every step of an agreement's life shares: parameters, the other contracts, storage, views
abstract contract AgreementStore is IAgreements, EIP712 {
    using AgreementSlot for Agreement;

    uint256 internal constant _BPS = 10_000;

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
    IPriceIndex public immutable priceIndex;
    address public immutable audits;
    address public immutable demands;

    mapping(AgreementId id => Agreement) internal _agreements;

    constructor(
        AgreementParams memory params,
        IEscrow escrow_,
        INodeRegistry registry_,
        IOrderBook orderBook_,
        IPossessionProofs proofs_,
        ICollateral collateral_,
        IReputation reputation_,
        IPriceIndex priceIndex_,
        address audits_,
        address demands_
    ) EIP712("Stowmarket Agreements", "1") {
        require(params.burnBps <= _BPS, Agreements_InvalidParams("burnBps"));
        // More than the payment cannot be kept of it: settling would fail.
        require(params.holdbackBps <= _BPS, Agreements_InvalidParams("holdbackBps"));
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
        priceIndex = priceIndex_;
        audits = audits_;
        demands = demands_;
    }

    /// @inheritdoc IAgreements
    function agreements(AgreementId id) external view returns (Agreement memory) {
        return _agreements[id].load();
    }

    /// @inheritdoc IAgreements
    function digestOf(StorageAgreement memory agreement) external view returns (bytes32) {
        return _hashTypedDataV4(agreement.hash());
    }

    /// @dev `emit AgreementFormed(id, a.client, a.provider, startPeriod, a)` without a copy: the data are the start period, which stands
    /// for a moment in the word before the struct, and the struct.
    function _emitFormed(AgreementId id, uint32 startPeriod, StorageAgreement memory a) internal {
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

    /// @dev Adds a shard to what a provider holds.
    /// @param capacity units that the provider may hold
    function _hold(
        uint32 provider,
        uint256 capacity,
        bytes32 root,
        uint32 units,
        uint128 rent
    ) internal returns (AgreementId id) {
        (uint32 leaf, uint32 held) = proofs.add(provider, root, units, rent);
        require(held <= capacity, Agreements_CapacityExceeded(provider, held, capacity));
        return AgreementId.wrap((uint64(provider) << 32) | leaf);
    }

    function _requireActive(AgreementId id) internal view returns (Agreement memory a) {
        a = _agreements[id].load();
        require(a.status == Status.Active, Agreements_NotActive(id, a.status));
    }

    function _isActive(AgreementId id) internal view returns (bool) {
        return _agreements[id].status == Status.Active;
    }

    function _clientOf(Agreement memory a) internal view returns (address client) {
        (client, ) = escrow.accounts(a.clientAccount);
    }

    /// @dev Rounded up: rounding is paid by the mover.
    function _burnOf(uint256 value) internal view returns (uint256) {
        return (value * burnBps + _BPS - 1) / _BPS;
    }

    function _heldBack(uint256 rent, uint256 provenPeriods) internal view returns (uint256) {
        return (rent * provenPeriods * holdbackBps) / _BPS;
    }

    function _providerOf(AgreementId id) internal pure returns (uint32) {
        return uint32(AgreementId.unwrap(id) >> 32);
    }
}
