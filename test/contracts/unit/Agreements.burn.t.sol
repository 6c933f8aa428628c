// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {AgreementParams} from "../../../contracts/agreements/AgreementStore.sol";
import {Ask} from "../../../contracts/types/Ask.sol";
import {StorageAgreement} from "../../../contracts/types/StorageAgreement.sol";

/// @notice The burn is rounded up by less than one wei, whatever remains.
contract AgreementsBurnTest is Base {
    uint64 private constant ODD_PRICE = 1e6 + 1;
    uint32 private constant BURN_ACCOUNT = 0;

    /// @dev One part in 10,000: the remainder can be the least that there is.
    function _agreementParams() internal pure override returns (AgreementParams memory) {
        return AgreementParams({burnBps: 1, holdbackBps: 2_000, noticePeriods: 1, minValue: 1e6});
    }

    function test_TheLeastRemainderIsRoundedUp() public {
        Provider memory p = _addProvider();
        Ask memory ask = _ask(p.id);
        ask.pricePerUnitPeriod = ODD_PRICE;
        vm.prank(p.operator);
        p.askId = orderBook.postAsk(ask);
        StorageAgreement memory a = _agreement(p, keccak256("object"), 0, 1, 1);
        a.pricePerUnitPeriod = ODD_PRICE;
        a.collateral = ODD_PRICE * COLLATERAL_PERIODS;
        _form(p, a);
        (, uint96 burned) = escrow.accounts(BURN_ACCOUNT);
        assertEq(burned, 101);
    }
}
