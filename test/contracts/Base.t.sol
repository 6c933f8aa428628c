// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Agreements} from "../../contracts/Agreements.sol";
import {AgreementParams} from "../../contracts/agreements/AgreementStore.sol";
import {Audits, AuditParams} from "../../contracts/Audits.sol";
import {BlockRandomness} from "../../contracts/BlockRandomness.sol";
import {Collateral, CollateralParams} from "../../contracts/Collateral.sol";
import {Escrow} from "../../contracts/Escrow.sol";
import {DemandParams, Demands} from "../../contracts/Demands.sol";
import {NodeRegistry} from "../../contracts/NodeRegistry.sol";
import {OrderBook} from "../../contracts/OrderBook.sol";
import {PossessionProofs} from "../../contracts/PossessionProofs.sol";
import {ProofParams} from "../../contracts/possession/ProofStore.sol";
import {Reputation, ReputationParams} from "../../contracts/Reputation.sol";
import {PriceIndex, PriceIndexParams} from "../../contracts/PriceIndex.sol";
import {Repairs, RepairParams} from "../../contracts/Repairs.sol";
import {ChannelParams, RetrievalChannels} from "../../contracts/RetrievalChannels.sol";
import {IAgreements} from "../../contracts/interfaces/IAgreements.sol";
import {IPermit2} from "../../contracts/interfaces/external/IPermit2.sol";
import {IPossessionProofs} from "../../contracts/interfaces/IPossessionProofs.sol";
import {DevToken} from "../../contracts/mocks/DevToken.sol";
import {Ask} from "../../contracts/types/Ask.sol";
import {AgreementId, StorageAgreement} from "../../contracts/types/StorageAgreement.sol";
import {ConstantShard} from "./support/ConstantShard.sol";
import {NodeKeys} from "./support/NodeKeys.sol";
import {SharedProof} from "./support/SharedProof.sol";

/// @notice The whole market, deployed as scripts/deploy.ts does it, with actors and the steps that tests repeat.
abstract contract Base is Test {
    uint32 internal constant PERIOD_BLOCKS = 20;
    uint32 internal constant DRAWS = 5;
    uint96 internal constant BOND = 10 ether;
    uint32 internal constant MAINTENANCE_PERIODS = 3;
    uint32 internal constant MAINTENANCE_CYCLE = 10;
    uint96 internal constant AUDIT_BOND = 2 ether;
    uint32 internal constant AUDIT_WINDOW = 30;
    uint32 internal constant AUDIT_DRAWS = 6;
    uint8 internal constant AUDIT_MAX_OPEN = 2;
    uint96 internal constant DEMAND_BOND = 5 ether;
    uint8 internal constant DEMAND_MAX_OPEN = 4;
    uint256 internal constant STAKE = 1_000_000 ether;
    uint64 internal constant PRICE = 1e12;
    uint24 internal constant COLLATERAL_PERIODS = 30;

    struct Provider {
        uint32 id;
        address operator;
        uint256 nodeKey;
        uint64 askId;
    }

    DevToken internal token;
    Escrow internal escrow;
    NodeRegistry internal registry;
    OrderBook internal orderBook;
    BlockRandomness internal randomness;
    PossessionProofs internal proofs;
    Collateral internal collateral;
    Reputation internal reputation;
    Agreements internal agreements;
    Audits internal audits;
    PriceIndex internal priceIndex;
    Repairs internal repairs;
    RetrievalChannels internal channels;
    Demands internal demands;

    uint256 internal clientKey = 0xC11E47;
    address internal client = vm.addr(clientKey);
    Provider[] internal providers;
    uint64 internal nextNonce;
    mapping(bytes32 root => bytes32) internal fillOf;

    function setUp() public virtual {
        vm.roll(1_000);
        vm.warp(1_800_000_000);
        vm.label(client, "client");
        token = new DevToken(address(this), 1e28);
        _deploy();
        _fund(client, 1_000_000 ether);
    }

    function _deploy() private {
        uint64 nonce = vm.getNonce(address(this));
        // In this order, one nonce each.
        address[13] memory predicted;
        for (uint64 i; i < 13; ++i) {
            predicted[i] = vm.computeCreateAddress(address(this), nonce + i);
        }
        address[] memory lockers = new address[](6);
        (lockers[0], lockers[1], lockers[2], lockers[3]) = (predicted[7], predicted[5], predicted[8], predicted[2]);
        (lockers[4], lockers[5]) = (predicted[11], predicted[12]);
        escrow = new Escrow(token, IPermit2(address(0)), lockers);
        registry = new NodeRegistry(Collateral(predicted[5]), BlockRandomness(predicted[3]), PriceIndex(predicted[9]));
        orderBook = new OrderBook(
            escrow,
            registry,
            PossessionProofs(predicted[4]),
            Reputation(predicted[6]),
            PriceIndex(predicted[9]),
            predicted[7]
        );
        randomness = new BlockRandomness();
        proofs = new PossessionProofs(
            ProofParams({
                genesisBlock: uint64(block.number),
                periodBlocks: PERIOD_BLOCKS,
                drawCount: DRAWS,
                maintenancePeriods: MAINTENANCE_PERIODS,
                maintenanceCycle: MAINTENANCE_CYCLE
            }),
            randomness,
            registry,
            Collateral(predicted[5]),
            Reputation(predicted[6]),
            predicted[7]
        );
        collateral = new Collateral(_collateralParams(), escrow, registry, predicted[7], proofs);
        reputation = new Reputation(
            ReputationParams({newcomer: 300 ether, halfLifePeriods: 90, badWeight: 10, fullClients: 1}),
            proofs,
            Agreements(predicted[7]),
            predicted[8]
        );
        agreements = new Agreements(
            _agreementParams(),
            escrow,
            registry,
            orderBook,
            proofs,
            collateral,
            reputation,
            PriceIndex(predicted[9]),
            predicted[8],
            predicted[12]
        );
        audits = new Audits(_auditParams(), escrow, registry, randomness, proofs, reputation, agreements);
        priceIndex = new PriceIndex(_priceIndexParams(), proofs, address(agreements), address(registry));
        assertEq(address(priceIndex), predicted[9], "address prediction");
        repairs = new Repairs(_repairParams(), orderBook, agreements, proofs, collateral);
        channels = new RetrievalChannels(_channelParams(), escrow, registry);
        demands = new Demands(_demandParams(), escrow, registry, proofs, agreements);
        assertEq(address(demands), predicted[12], "address prediction");
    }

    function _demandParams() internal pure virtual returns (DemandParams memory) {
        return DemandParams({bond: DEMAND_BOND, windowBlocks: AUDIT_WINDOW, maxOpen: DEMAND_MAX_OPEN});
    }

    function _channelParams() internal pure virtual returns (ChannelParams memory) {
        return ChannelParams({disputeSeconds: 1 days, burnBps: 200});
    }

    function _agreementParams() internal pure virtual returns (AgreementParams memory) {
        return AgreementParams({burnBps: 200, holdbackBps: 2_000, noticePeriods: 1, minValue: 1e6});
    }

    function _priceIndexParams() internal pure virtual returns (PriceIndexParams memory) {
        return
            PriceIndexParams({
                startPrice: PRICE,
                target: 0.85e18,
                step: 0.01e18,
                flowDecay: 870_550_563_296_124_166,
                curve: 1.5e18
            });
    }

    function _repairParams() internal pure virtual returns (RepairParams memory) {
        return RepairParams({bountyBps: 5_000, climbSeconds: 9 hours, windowSeconds: 7 days});
    }

    function _auditParams() internal pure virtual returns (AuditParams memory) {
        return
            AuditParams({
                bond: AUDIT_BOND,
                burnBps: 1_000,
                windowBlocks: AUDIT_WINDOW,
                drawCount: AUDIT_DRAWS,
                maxOpen: AUDIT_MAX_OPEN
            });
    }

    function _collateralParams() internal pure virtual returns (CollateralParams memory) {
        return
            CollateralParams({
                bond: BOND,
                capacityBond: 1e10,
                unbondDelay: 7 days,
                reportFee: 0.01 ether,
                compensationBps: 7_000,
                healPeriods: 7,
                ladderBps: [uint16(100), 500, 2_500, 10_000]
            });
    }

    // ------------------------------------------------------------------ actors

    function _fund(address owner, uint256 amount) internal {
        token.approve(address(escrow), amount);
        escrow.deposit(owner, amount);
    }

    /// @notice Registers, stakes, gets a placement id and posts an ask that fits everything.
    function _addProvider() internal returns (Provider memory p) {
        uint256 index = providers.length + 1;
        p.operator = makeAddr(string.concat("operator", vm.toString(index)));
        p.nodeKey = 0xA000 + index;
        _fund(p.operator, STAKE);
        vm.startPrank(p.operator);
        uint256 deadline = block.timestamp + 1 hours;
        p.id = registry.register(
            NodeKeys.publicKeyOf(p.nodeKey),
            826,
            "/ip4/127.0.0.1/tcp/4001",
            deadline,
            _bind(p.operator, p.nodeKey, 826, deadline)
        );
        collateral.stake(p.id, p.operator, STAKE - BOND);
        registry.declareCapacity(p.id, type(uint32).max);
        vm.roll(block.number + 1);
        registry.assignPlacement(p.id);
        p.askId = orderBook.postAsk(_ask(p.id));
        vm.stopPrank();
        providers.push(p);
    }

    function _declare(Provider memory p, uint32 units) internal {
        vm.prank(p.operator);
        registry.declareCapacity(p.id, units);
    }

    function _addProviders(uint256 n) internal {
        for (uint256 i; i < n; ++i) {
            _addProvider();
        }
    }

    function _ask(uint32 provider) internal view returns (Ask memory) {
        return
            Ask({
                provider: provider,
                pricePerUnitPeriod: PRICE,
                unitsLeft: 1 << 30,
                minUnits: 1,
                maxUnits: 1 << 20,
                expiry: uint40(block.timestamp + 365 days),
                collateralPeriods: COLLATERAL_PERIODS,
                minPeriods: 1,
                maxPeriods: 2_000,
                region: 826,
                minClientDeposit: 0,
                retrievalPricePerMiB: 0,
                premiumBps: 0,
                ceiling: 0
            });
    }

    function _askList(uint64 askId) internal pure returns (uint64[] memory list) {
        list = new uint64[](1);
        list[0] = askId;
    }

    function _bind(
        address operator,
        uint256 nodeKey,
        uint16 region,
        uint256 deadline
    ) internal view returns (bytes memory) {
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256("NodeBinding(address operator,uint16 region,uint256 deadline)"),
                operator,
                region,
                deadline
            )
        );
        return _sign(nodeKey, _digest("Stowmarket NodeRegistry", address(registry), structHash));
    }

    function _digest(
        string memory name,
        address verifyingContract,
        bytes32 structHash
    ) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                verifyingContract
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    // -------------------------------------------------------------- agreements

    /// @param units a power of two
    function _agreement(
        Provider memory p,
        bytes32 objectKey,
        uint8 shardIndex,
        uint32 units,
        uint24 periods
    ) internal returns (StorageAgreement memory) {
        bytes32 fill = keccak256(abi.encode(objectKey, shardIndex, units));
        bytes32 root = ConstantShard.rootOf(fill, units);
        fillOf[root] = fill;
        return
            StorageAgreement({
                client: client,
                provider: p.id,
                objectKey: objectKey,
                shardIndex: shardIndex,
                shardRoot: root,
                units: units,
                pricePerUnitPeriod: PRICE,
                periods: periods,
                collateral: uint96(uint256(PRICE) * units * COLLATERAL_PERIODS),
                askId: p.askId,
                bidId: 0,
                nonce: nextNonce++,
                deadline: uint64(block.timestamp + 10 minutes)
            });
    }

    function _form(Provider memory p, StorageAgreement memory a) internal returns (AgreementId) {
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = a;
        signatures[0] = _sign(p.nodeKey, agreements.digestOf(a));
        vm.prank(a.client);
        return agreements.form(list, signatures, "")[0];
    }

    function _formNew(
        Provider memory p,
        bytes32 objectKey,
        uint32 units,
        uint24 periods
    ) internal returns (AgreementId) {
        return _form(p, _agreement(p, objectKey, 0, units, periods));
    }

    // -------------------------------------------------------------------- time

    /// @notice Goes to the second block of `period`, when its seed is known.
    function _toPeriod(uint32 period) internal {
        uint256 target = proofs.openingBlock(period) + 1;
        vm.warp(block.timestamp + (target - block.number) * 12);
        vm.roll(target);
    }

    function _nextPeriod() internal {
        _toPeriod(proofs.currentPeriod() + 1);
    }

    /// @notice The bytes that prove a provider's current draws.
    function _proof(uint32 provider) internal view returns (bytes memory) {
        IPossessionProofs.Draw[] memory draws = proofs.draws(provider);
        bytes[] memory paths = new bytes[](draws.length);
        for (uint256 i; i < draws.length; ++i) {
            paths[i] = ConstantShard.proofOf(fillOf[draws[i].root], draws[i].depth);
        }
        return SharedProof.join(draws, paths);
    }

    function _prove(uint32 provider) internal {
        proofs.prove(provider, proofs.currentPeriod(), _proof(provider));
    }

    // ------------------------------------------------------------------- money

    /// @notice The invariant of the whole market: every token is in an account or in a lock.
    function _assertConserved() internal view {
        uint256 sum =
            escrow.lockedBy(address(agreements)) +
                escrow.lockedBy(address(collateral)) +
                escrow.lockedBy(address(audits)) +
                escrow.lockedBy(address(demands)) +
                escrow.lockedBy(address(channels)) +
                escrow.lockedBy(address(orderBook));
        for (uint32 i; i < escrow.accountCount(); ++i) {
            (, uint96 available) = escrow.accounts(i);
            sum += available;
        }
        assertEq(token.balanceOf(address(escrow)), sum, "conservation");
    }
}
