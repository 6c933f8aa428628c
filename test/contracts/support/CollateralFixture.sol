// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Collateral, CollateralParams} from "../../../contracts/Collateral.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IPermit2} from "../../../contracts/interfaces/external/IPermit2.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {DevToken} from "../../../contracts/mocks/DevToken.sol";

/// @dev Answers what Collateral asks the registry.
contract FakeRegistry {
    address internal _operator;
    uint32 public operatorAccountOf1;
    uint32 public capacityOf1;

    function set(address operator, uint32 account) external {
        _operator = operator;
        operatorAccountOf1 = account;
    }

    function setCapacity(uint32 units) external {
        capacityOf1 = units;
    }

    function capacityOf(uint32) external view returns (uint32) {
        return capacityOf1;
    }

    function operatorOf(uint32 provider) external view returns (address) {
        require(provider == 1, INodeRegistry.NodeRegistry_UnknownProvider(provider));
        return _operator;
    }

    function operatorAccountOf(uint32) external view returns (uint32) {
        return operatorAccountOf1;
    }
}

/// @dev Answers what Collateral asks the proofs.
contract FakeProofs {
    IPossessionProofs.Duty internal _duty;

    function setUnits(uint32 units) external {
        _duty.units = units;
    }

    function duties(uint32) external view returns (IPossessionProofs.Duty memory) {
        return _duty;
    }
}

/// @dev Provider 1 of `operator`, registered with a bond of 1,000, 10 for each unit of capacity; compensation 70%, report fee 10, heal after 7 periods.
abstract contract CollateralFixture is Test {
    uint256 internal constant BOND = 1000;
    uint256 internal constant CAPACITY_BOND = 10;
    uint256 internal constant DELAY = 3 days;
    uint256 internal constant FEE = 10;
    uint32 internal constant HEAL = 7;
    uint256 internal constant WHOLE = 1e18;

    address internal agreements = makeAddr("agreements");
    address internal operator = makeAddr("operator");
    address internal client = makeAddr("client");
    address internal reporter = makeAddr("reporter");

    DevToken internal token;
    Escrow internal escrow;
    Collateral internal collateral;
    FakeRegistry internal registry;
    FakeProofs internal proofs;
    uint32 internal clientAccount;
    uint32 internal operatorAccount;

    function setUp() public virtual {
        token = new DevToken(address(this), 1e27);
        registry = new FakeRegistry();
        proofs = new FakeProofs();
        address[] memory lockers = new address[](1);
        lockers[0] = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        escrow = new Escrow(token, IPermit2(address(0)), lockers);
        collateral = _newCollateral(_params());
        token.approve(address(escrow), type(uint256).max);
        clientAccount = escrow.deposit(client, 1);
        escrow.deposit(operator, 1e24);

        vm.prank(address(registry));
        operatorAccount = collateral.lockBond(1, operator);
        registry.set(operator, operatorAccount);
    }

    function _params() internal pure returns (CollateralParams memory) {
        return
            CollateralParams({
                bond: uint96(BOND),
                capacityBond: uint64(CAPACITY_BOND),
                unbondDelay: uint40(DELAY),
                reportFee: uint96(FEE),
                compensationBps: 7000,
                healPeriods: HEAL,
                ladderBps: [uint16(100), 500, 2500, 10_000]
            });
    }

    function _newCollateral(CollateralParams memory params) internal returns (Collateral) {
        return
            new Collateral(
                params,
                escrow,
                INodeRegistry(address(registry)),
                agreements,
                IPossessionProofs(address(proofs))
            );
    }

    function _stake(uint256 amount) internal {
        vm.prank(operator);
        collateral.stake(1, operator, amount);
    }

    function _lock(uint256 amount) internal {
        vm.prank(agreements);
        collateral.lock(1, amount);
    }

    function _strike(uint32 fromPeriod, uint32 count) internal returns (bool) {
        vm.prank(address(proofs));
        return collateral.strike(1, fromPeriod, count, 0);
    }

    function _settle(uint32 start, uint32 from, uint32 to, uint256 amount) internal returns (uint256) {
        vm.prank(agreements);
        return collateral.settleSlashes(1, clientAccount, start, from, to, amount);
    }

    function _release(uint32 start, uint32 to, uint256 amount, bool failed) internal returns (uint256) {
        vm.prank(agreements);
        return collateral.releaseCollateral(1, clientAccount, start, to, amount, failed);
    }

    function _burned() internal view returns (uint256 burned) {
        (, burned) = escrow.accounts(0);
    }
}
