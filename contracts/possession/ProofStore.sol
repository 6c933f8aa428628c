// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICollateral} from "../interfaces/ICollateral.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IPossessionProofs} from "../interfaces/IPossessionProofs.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {IReputation} from "../interfaces/IReputation.sol";
import {Duties} from "../libraries/Duties.sol";
import {Periods} from "../libraries/Periods.sol";
import {ProvenPeriods} from "../libraries/ProvenPeriods.sol";
import {SumTree} from "../libraries/SumTree.sol";

/// @param genesisBlock first block of period 1
/// @param periodBlocks blocks in a period
/// @param drawCount leaves drawn from each provider in each period
/// @param maintenancePeriods longest stretch of maintenance, in periods; 0 for none
/// @param maintenanceCycle periods from the start of one stretch to the earliest start of the next
struct ProofParams {
    uint64 genesisBlock;
    uint32 periodBlocks;
    uint32 drawCount;
    uint32 maintenancePeriods;
    uint32 maintenanceCycle;
}

/// @title What every part of the proofs shares: parameters, the clock, the other contracts, storage, views
abstract contract ProofStore is IPossessionProofs {
    using Duties for Duty;
    using ProvenPeriods for mapping(uint256 => uint256);
    using SumTree for SumTree.Forest;

    /// @dev 64 draws of the deepest shards (42 levels) cost 3.7M gas of calldata: one proof always fits into a block.
    uint32 private constant _MAX_DRAWS = 64;

    uint256 public immutable genesisBlock;
    uint32 public immutable periodBlocks;
    uint32 public immutable drawCount;
    uint32 public immutable maintenancePeriods;
    uint32 public immutable maintenanceCycle;
    IRandomness public immutable randomness;
    INodeRegistry public immutable registry;
    ICollateral public immutable collateral;
    IReputation public immutable reputation;
    address public immutable agreements;

    mapping(uint32 provider => Duty) internal _duties;
    mapping(uint32 provider => mapping(uint256 index => uint256 word)) internal _proven;
    mapping(uint64 agreement => bytes32 root) internal _roots;
    /// @dev Only read for an agreement that was removed in the current period.
    mapping(uint64 agreement => bool) internal _conceded;
    SumTree.Forest internal _forest;
    /// @dev Only read for a provider whose duty says that it declared maintenance.
    mapping(uint32 provider => Maintenance) internal _maintenance;

    constructor(
        ProofParams memory params,
        IRandomness randomness_,
        INodeRegistry registry_,
        ICollateral collateral_,
        IReputation reputation_,
        address agreements_
    ) {
        require(params.genesisBlock <= block.number, PossessionProofs_InvalidParams("genesisBlock"));
        require(params.periodBlocks != 0, PossessionProofs_InvalidParams("periodBlocks"));
        require(params.drawCount != 0 && params.drawCount <= _MAX_DRAWS, PossessionProofs_InvalidParams("drawCount"));
        // Or a provider could be in maintenance for ever.
        require(
            params.maintenanceCycle > params.maintenancePeriods,
            PossessionProofs_InvalidParams("maintenanceCycle")
        );
        genesisBlock = params.genesisBlock;
        periodBlocks = params.periodBlocks;
        drawCount = params.drawCount;
        maintenancePeriods = params.maintenancePeriods;
        maintenanceCycle = params.maintenanceCycle;
        randomness = randomness_;
        registry = registry_;
        collateral = collateral_;
        reputation = reputation_;
        agreements = agreements_;
    }

    /// @inheritdoc IPossessionProofs
    function currentPeriod() public view returns (uint32) {
        return Periods.ofBlock(block.number, genesisBlock, periodBlocks);
    }

    /// @inheritdoc IPossessionProofs
    function openingBlock(uint32 period) public view returns (uint256) {
        if (period == 0) revert PossessionProofs_WrongPeriod(0, currentPeriod());
        return Periods.opening(period, genesisBlock, periodBlocks);
    }

    /// @inheritdoc IPossessionProofs
    function duties(uint32 provider) external view returns (Duty memory) {
        return _duties[provider].load();
    }

    /// @inheritdoc IPossessionProofs
    function rootOf(uint64 agreement) external view returns (bytes32) {
        return _roots[agreement];
    }

    /// @inheritdoc IPossessionProofs
    function unitsOf(uint64 agreement) public view returns (uint32) {
        return uint32(_forest.weightOf(agreement >> 32, uint32(agreement)));
    }

    /// @inheritdoc IPossessionProofs
    function isProven(uint32 provider, uint32 period) external view returns (bool) {
        return _proven[provider].has(period);
    }

    /// @inheritdoc IPossessionProofs
    function isDischarged(uint32 provider) external view returns (bool) {
        uint32 current = currentPeriod();
        Duty memory duty = _duties[provider].load();
        (uint32 units, , ) = duty.atOpen(current);
        return !duty.failed && (units == 0 || duty.lastProven == current);
    }

    /// @inheritdoc IPossessionProofs
    function provenBetween(uint32 provider, uint32 fromPeriod, uint32 toPeriod) external view returns (uint32) {
        return _provenBetween(provider, _duties[provider].lastProven, fromPeriod, toPeriod);
    }

    /// @inheritdoc IPossessionProofs
    function maintenanceOf(uint32 provider) external view returns (Maintenance memory) {
        return _maintenance[provider];
    }

    function _provenBetween(
        uint32 provider,
        uint32 lastProven,
        uint32 fromPeriod,
        uint32 toPeriod
    ) internal view returns (uint32) {
        if (toPeriod <= fromPeriod) return 0;
        mapping(uint256 => uint256) storage proven = _proven[provider];
        return uint32(proven.countBefore(toPeriod, lastProven) - proven.countBefore(fromPeriod, lastProven));
    }

    function _agreementId(uint32 provider, uint256 leaf) internal pure returns (uint64) {
        // A leaf number fits 32 bits, as `HeldSet.add` checks.
        return (uint64(provider) << 32) | uint64(leaf);
    }
}
