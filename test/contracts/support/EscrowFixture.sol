// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Escrow} from "../../../contracts/Escrow.sol";
import {IPermit2} from "../../../contracts/interfaces/external/IPermit2.sol";

/// @dev Two market contracts, three people, and what the escrow tests repeat.
abstract contract EscrowFixture is Test {
    uint256 internal constant SUPPLY = 1e27;

    address internal agreements = makeAddr("agreements");
    address internal collateral = makeAddr("collateral");
    address internal alice;
    uint256 internal aliceKey;
    address internal bob = makeAddr("bob");
    address internal mallory = makeAddr("mallory");

    constructor() {
        (alice, aliceKey) = makeAddrAndKey("alice");
    }

    function _newEscrow(address token) internal returns (Escrow) {
        address[] memory marketContracts = new address[](2);
        marketContracts[0] = agreements;
        marketContracts[1] = collateral;
        return new Escrow(IERC20(token), IPermit2(address(0)), marketContracts);
    }

    function _fund(Escrow escrow, address owner, uint256 amount) internal returns (uint32 account) {
        vm.startPrank(alice);
        IERC20(escrow.token()).approve(address(escrow), amount);
        account = escrow.deposit(owner, amount);
        vm.stopPrank();
    }

    /// @dev Everything that the escrow owes; account numbers run from 0 to accountCount - 1.
    function _owed(Escrow escrow) internal view returns (uint256 sum) {
        for (uint32 i = 0; i < escrow.accountCount(); ++i) {
            (, uint96 available) = escrow.accounts(i);
            sum += available;
        }
        sum += escrow.lockedBy(agreements) + escrow.lockedBy(collateral);
    }
}
