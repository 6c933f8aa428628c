// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {StandIns} from "./StandIns.sol";

// in place: current
contract ReportFee is StandIns {
    // take contracts/interfaces/ICollateral.sol: Stake

    Stake current;
    uint256 reportFee;

    // take contracts/Collateral.sol: _setFeeAside

    function aside(uint32 provider, uint32 reporter) external {
        uint256 before = current.free;
        require(reportFee < 2 ** 96 && before < 2 ** 96);
        uint32 account = _setFeeAside(provider, reporter);
        // property fee-backed: A fee is owed only after exactly that fee was taken out of the provider's free stake.
        assert(account == 0 ? current.free == before : current.free + reportFee == before);
    }

    function whom(uint32 provider, uint32 reporter) external {
        uint32 account = _setFeeAside(provider, reporter);
        // property fee-reporter: It is owed to the reporter or to nobody.
        assert(account == reporter || account == 0);
    }
}
