// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "./interfaces/IAgreements.sol";
import {IAudits} from "./interfaces/IAudits.sol";
import {IEscrow} from "./interfaces/IEscrow.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "./interfaces/IPossessionProofs.sol";
import {IRandomness} from "./interfaces/IRandomness.sol";
import {IReputation} from "./interfaces/IReputation.sol";
import {AnswerWindow} from "./libraries/AnswerWindow.sol";
import {MerkleSha256} from "./libraries/MerkleSha256.sol";
import {SharedPaths} from "./libraries/SharedPaths.sol";
import {AgreementId} from "./types/StorageAgreement.sol";

/// @param bond token wei that a challenger locks; more than an answer's gas costs
/// @param burnBps share of an answered audit's bond that is burned, in 1/10,000
/// @param windowBlocks blocks that a provider has for its answer
/// @param drawCount leaves that an audit asks for
/// @param maxOpen audits of one agreement that may be open at a time
struct AuditParams {
    uint96 bond;
    uint16 burnBps;
    uint32 windowBlocks;
    uint32 drawCount;
    uint8 maxOpen;
}

/// @title Targeted audits; see IAudits
contract Audits is IAudits {
    using SharedPaths for SharedPaths.Paths;

    uint256 private constant _BPS = 10_000;
    uint32 private constant _BURN_ACCOUNT = 0;
    /// @dev As many as a proof may have: 3.7M gas of calldata for the deepest shards.
    uint256 private constant _MAX_DRAWS = 64;

    uint256 public immutable bond;
    uint256 public immutable burnBps;
    uint256 public immutable windowBlocks;
    uint256 public immutable drawCount;
    uint256 public immutable maxOpen;

    IEscrow private immutable _escrow;
    INodeRegistry private immutable _registry;
    IRandomness private immutable _randomness;
    IPossessionProofs private immutable _proofs;
    IReputation private immutable _reputation;
    IAgreements private immutable _agreements;

    /// @inheritdoc IAudits
    uint256 public auditCount;
    mapping(uint256 audit => Audit) private _audits;

    constructor(
        AuditParams memory params,
        IEscrow escrow,
        INodeRegistry registry,
        IRandomness randomness,
        IPossessionProofs proofs,
        IReputation reputation,
        IAgreements agreements
    ) {
        // Free audits would let anyone wear providers out; with nothing burned a provider could audit itself for a record of answers.
        require(params.bond != 0, Audits_InvalidParams("bond"));
        require(params.burnBps != 0 && params.burnBps <= _BPS, Audits_InvalidParams("burnBps"));
        require(params.windowBlocks != 0, Audits_InvalidParams("windowBlocks"));
        require(params.drawCount != 0 && params.drawCount <= _MAX_DRAWS, Audits_InvalidParams("drawCount"));
        require(params.maxOpen != 0, Audits_InvalidParams("maxOpen"));
        bond = params.bond;
        burnBps = params.burnBps;
        windowBlocks = params.windowBlocks;
        drawCount = params.drawCount;
        maxOpen = params.maxOpen;
        _escrow = escrow;
        _registry = registry;
        _randomness = randomness;
        _proofs = proofs;
        _reputation = reputation;
        _agreements = agreements;
    }

    /// @inheritdoc IAudits
    function openAudit(AgreementId agreement, address owner) external returns (uint256 audit) {
        uint32 endPeriod = _agreements.beginAudit(agreement, maxOpen);
        uint256 deadline = AnswerWindow.deadlineFor(_proofs, agreement.providerOf(), windowBlocks);
        // Once the term is over, the audit is overdue: then anyone can close it, and nobody has to wait for it.
        uint256 last = _proofs.openingBlock(endPeriod) - 1;
        require(deadline <= last, Audits_TermTooShort(agreement, deadline, last));

        audit = ++auditCount;
        uint32 account = _escrow.lockBy(owner, msg.sender, bond, 0);
        // Put off, it is drawn later, too: from an old block the chain would know no hash any more, and the leaves would change while the provider waits.
        uint48 drawnAt = uint48(deadline - windowBlocks);
        // Block numbers stay below 2^48 for longer than chains last.
        _audits[audit] = Audit(agreement, account, drawnAt, uint48(deadline), true);
        emit AuditOpened(audit, agreement, owner, drawnAt, uint48(deadline), bond);
    }

    /// @inheritdoc IAudits
    function answer(uint256 audit, bytes calldata proof) external {
        Audit memory a = _requireOpen(audit);
        require(block.number <= a.deadline, Audits_TooLate(audit, a.deadline, block.number));
        bytes32 seed = _randomness.peekSeed(a.openedAt);
        require(seed != 0, Audits_NoSeedYet(audit, a.openedAt));
        uint256 units = _unitsOf(a.agreement);
        require(units != 0, Audits_AgreementOver(audit, a.agreement));
        _verify(a.agreement, _leaves(audit, seed, units), MerkleSha256.depthOf(units), proof);

        _audits[audit].open = false;
        uint256 burned = (bond * burnBps) / _BPS;
        emit AuditAnswered(audit, a.agreement, msg.sender, bond - burned, burned);
        uint32 provider = a.agreement.providerOf();
        _escrow.release(_registry.operatorAccountOf(provider), bond - burned, _BURN_ACCOUNT, burned);
        _agreements.passAudit(a.agreement);
        _reputation.recordAudited(provider);
    }

    /// @inheritdoc IAudits
    function close(uint256 audit) external {
        Audit memory a = _requireOpen(audit);
        bool live = _agreements.agreements(a.agreement).status == IAgreements.Status.Active;
        require(!live || block.number > a.deadline, Audits_StillOpen(audit, a.deadline, block.number));

        _audits[audit].open = false;
        if (live) emit AuditFailed(audit, a.agreement);
        else emit AuditVoided(audit, a.agreement);
        _escrow.release(a.challengerAccount, bond, _BURN_ACCOUNT, 0);
        if (live) _agreements.failAudit(a.agreement);
    }

    /// @inheritdoc IAudits
    function audits(uint256 audit) external view returns (Audit memory) {
        return _audits[audit];
    }

    /// @inheritdoc IAudits
    function leavesOf(uint256 audit) external view returns (uint64[] memory leaves) {
        Audit memory a = _audits[audit];
        uint256 units = _unitsOf(a.agreement);
        bytes32 seed = _randomness.peekSeed(a.openedAt);
        if (units != 0 && seed != 0) leaves = _leaves(audit, seed, units);
    }

    function _verify(AgreementId agreement, uint64[] memory leaves, uint256 depth, bytes calldata proof) private view {
        uint64 id = AgreementId.unwrap(agreement);
        bytes32 root = _proofs.rootOf(id);
        SharedPaths.Paths memory paths = SharedPaths.create(leaves.length);
        for (uint256 i; i < leaves.length; ++i) {
            (bytes32 node, bytes32 expected) = paths.climb(proof, SharedPaths.placeOf(id, leaves[i]), depth, root);
            require(node == expected, Audits_WrongRoot(i, node, expected));
        }
        require(paths.end == proof.length, Audits_WrongLength(proof.length, paths.end));
    }

    /// @dev Leaf i is keccak256(seed, chain, contract, audit, i) mod (units × 1024). The modulus is below 2^42, so no leaf is favoured by more than 2^-214.
    function _leaves(uint256 audit, bytes32 seed, uint256 units) private view returns (uint64[] memory leaves) {
        leaves = new uint64[](drawCount);
        for (uint256 i; i < leaves.length; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, block.chainid, address(this), audit, i)));
            // Below 2^42: an agreement has less than 2^32 units.
            leaves[i] = uint64(draw % (units << MerkleSha256.UNIT_DEPTH));
        }
    }

    function _requireOpen(uint256 audit) private view returns (Audit memory a) {
        a = _audits[audit];
        require(a.open, Audits_NotOpen(audit));
    }

    function _unitsOf(AgreementId agreement) private view returns (uint256) {
        return _proofs.unitsOf(AgreementId.unwrap(agreement));
    }
}
