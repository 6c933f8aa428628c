// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {Agreements} from "../../../contracts/Agreements.sol";
import {AgreementParams} from "../../../contracts/agreements/AgreementStore.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../contracts/interfaces/INodeRegistry.sol";
import {IOrderBook} from "../../../contracts/interfaces/IOrderBook.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {IPriceIndex} from "../../../contracts/interfaces/IPriceIndex.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";

contract AgreementsParamsTest is Test {
    function _deploy(uint16 burnBps, uint16 holdbackBps) private returns (Agreements) {
        address none = address(1);
        return
            new Agreements(
                AgreementParams(burnBps, holdbackBps, 1, 1),
                IEscrow(none),
                INodeRegistry(none),
                IOrderBook(none),
                IPossessionProofs(none),
                ICollateral(none),
                IReputation(none),
                IPriceIndex(none),
                none,
                none
            );
    }

    function _expectInvalid(string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(IAgreements.Agreements_InvalidParams.selector, field));
    }

    function test_RevertWhen_MoreThanAllIsBurned() public {
        _expectInvalid("burnBps");
        _deploy(10_001, 0);
    }

    function test_RevertWhen_MoreThanAllIsHeldBack() public {
        _expectInvalid("holdbackBps");
        _deploy(0, 10_001);
    }

    function test_AllIsAllowed() public {
        Agreements agreements = _deploy(10_000, 10_000);
        assertEq(agreements.burnBps(), 10_000);
        assertEq(agreements.holdbackBps(), 10_000);
    }
}
