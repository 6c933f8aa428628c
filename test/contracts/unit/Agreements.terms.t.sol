// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {IAgreements} from "../../../contracts/interfaces/IAgreements.sol";
import {AgreementId, StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice The terms that two parties may agree on between themselves, and those that do not fit.
contract AgreementsTermsTest is Base {
    bytes32 private constant OBJECT = keccak256("object");
    uint32 private constant UNITS = 4;
    uint24 private constant TERM = 10;

    function setUp() public override {
        super.setUp();
        _addProviders(1);
    }

    function test_AgreedWithoutAnAskTakesNothingFromAny() public {
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, UNITS, TERM);
        uint32 unitsLeft = orderBook.asks(a.askId).unitsLeft;
        (a.askId, a.pricePerUnitPeriod) = (0, PRICE / 2);
        AgreementId id = _form(providers[0], a);
        assertEq(uint8(agreements.agreements(id).status), uint8(IAgreements.Status.Active));
        assertEq(agreements.agreements(id).pricePerUnitPeriod, PRICE / 2);
        assertEq(orderBook.asks(providers[0].askId).unitsLeft, unitsLeft);
        _assertConserved();
    }

    function test_RevertWhen_CollateralPassesItsWidth() public {
        StorageAgreement memory a = _agreement(providers[0], OBJECT, 0, 1, TERM);
        // 2^24 periods of rent: one more than fit.
        a.collateral = uint96(uint256(PRICE) << 24);
        StorageAgreement[] memory list = new StorageAgreement[](1);
        bytes[] memory signatures = new bytes[](1);
        list[0] = a;
        signatures[0] = _sign(providers[0].nodeKey, agreements.digestOf(a));
        vm.expectRevert(
            abi.encodeWithSelector(
                IAgreements.Agreements_CollateralNotMultiple.selector,
                0,
                uint256(PRICE) << 24,
                uint256(PRICE)
            )
        );
        vm.prank(client);
        agreements.form(list, signatures, "");
    }

    function test_RevertWhen_NoticeAfterTheEnd() public {
        AgreementId id = _formNew(providers[0], OBJECT, UNITS, TERM);
        vm.prank(providers[0].operator);
        agreements.concede(id);
        vm.expectRevert(
            abi.encodeWithSelector(IAgreements.Agreements_NotActive.selector, id, IAgreements.Status.Failed)
        );
        vm.prank(client);
        agreements.giveNotice(id);
    }
}
