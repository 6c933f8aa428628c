// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "./interfaces/IAgreements.sol";
import {IDemands} from "./interfaces/IDemands.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {AnswerWindow} from "./libraries/AnswerWindow.sol";
import {UnitSha256} from "./libraries/UnitSha256.sol";
import {AgreementId} from "./types/StorageAgreement.sol";

/// @param bond token wei that a client locks for each unit; more than showing it costs in gas
/// @param windowBlocks blocks that a provider has for its answer
/// @param maxOpen demands and audits of one agreement that may be open at a time
struct DemandParams {
    uint96 bond;
    uint32 windowBlocks;
    uint8 maxOpen;
}

/// @title Data demanded on chain; see IDemands
contract Demands is IDemands {
    uint256 public immutable bond;
    uint256 public immutable windowBlocks;
    uint256 public immutable maxOpen;

    IEscrow private immutable _escrow;
    INodeRegistry private immutable _registry;
    IPossessionProofs private immutable _proofs;
    IAgreements private immutable _agreements;

    /// @inheritdoc IDemands
    uint256 public demandCount;
    mapping(uint256 demandId => Demand) private _demands;

    constructor(
        DemandParams memory params,
        IEscrow escrow,
        INodeRegistry registry,
        IPossessionProofs proofs,
        IAgreements agreements
    ) {
        // Free demands would let a client wear its provider out.
        require(params.bond != 0, Demands_InvalidParams("bond"));
        require(params.windowBlocks != 0, Demands_InvalidParams("windowBlocks"));
        require(params.maxOpen != 0, Demands_InvalidParams("maxOpen"));
        bond = params.bond;
        windowBlocks = params.windowBlocks;
        maxOpen = params.maxOpen;
        _escrow = escrow;
        _registry = registry;
        _proofs = proofs;
        _agreements = agreements;
    }

    /// @inheritdoc IDemands
    function demand(AgreementId agreement, uint32[] calldata units) external returns (uint256 first) {
        require(units.length != 0, Demands_NothingDemanded());
        uint32 account = _agreements.agreements(agreement).clientAccount;
        (address client, ) = _escrow.accounts(account);
        uint32 provider = agreement.providerOf();
        uint48 deadline = uint48(AnswerWindow.deadlineFor(_proofs, provider, windowBlocks));
        uint256 held = _unitsOf(agreement);

        first = demandCount + 1;
        demandCount += units.length;
        uint32 endPeriod;
        for (uint256 i; i < units.length; ++i) {
            uint32 unit = units[i];
            // Reverts unless the agreement is live and has room for one more.
            endPeriod = _agreements.beginAudit(agreement, maxOpen);
            require(unit < held, Demands_NoSuchUnit(agreement, unit, held));
            // Block numbers stay below 2^48 for longer than chains last.
            _demands[first + i] = Demand(agreement, account, deadline, unit, true);
            emit UnitDemanded(first + i, agreement, provider, client, unit, deadline, bond);
        }
        // Once the term is over, the demands are overdue: then anyone can close them, and nobody has to wait for it.
        uint256 last = _proofs.openingBlock(endPeriod) - 1;
        require(deadline <= last, Demands_TermTooShort(agreement, deadline, last));
        _escrow.lockBy(client, msg.sender, bond * units.length, 0);
    }

    /// @inheritdoc IDemands
    function answer(uint256 demandId, bytes calldata opening) external {
        Demand memory d = _requireOpen(demandId);
        require(block.number <= d.deadline, Demands_TooLate(demandId, d.deadline, block.number));
        uint256 units = _unitsOf(d.agreement);
        require(units != 0, Demands_AgreementOver(demandId, d.agreement));
        uint256 bytes_ = UnitSha256.openingBytes(units);
        require(opening.length == bytes_, Demands_WrongLength(opening.length, bytes_));
        bytes32 expected = _proofs.rootOf(AgreementId.unwrap(d.agreement));
        bytes32 computed = UnitSha256.rootOf(opening, d.unit);
        require(computed == expected, Demands_WrongRoot(computed, expected));

        _demands[demandId].open = false;
        emit UnitShown(demandId, d.agreement, msg.sender, bond);
        _escrow.release(_registry.operatorAccountOf(d.agreement.providerOf()), bond, 0, 0);
        _agreements.passAudit(d.agreement);
    }

    /// @inheritdoc IDemands
    function close(uint256 demandId) external {
        Demand memory d = _requireOpen(demandId);
        bool live = _agreements.agreements(d.agreement).status == IAgreements.Status.Active;
        require(!live || block.number > d.deadline, Demands_StillOpen(demandId, d.deadline, block.number));

        _demands[demandId].open = false;
        if (live) emit DemandFailed(demandId, d.agreement);
        else emit DemandVoided(demandId, d.agreement);
        _escrow.release(d.clientAccount, bond, 0, 0);
        if (live) _agreements.failAudit(d.agreement);
    }

    /// @inheritdoc IDemands
    function demands(uint256 demandId) external view returns (Demand memory) {
        return _demands[demandId];
    }

    function _requireOpen(uint256 demandId) private view returns (Demand memory d) {
        d = _demands[demandId];
        require(d.open, Demands_NotOpen(demandId));
    }

    function _unitsOf(AgreementId agreement) private view returns (uint256) {
        return _proofs.unitsOf(AgreementId.unwrap(agreement));
    }
}
