// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CallTable} from "../support/CallTable.sol";
import {IReputation} from "../../../contracts/interfaces/IReputation.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice Clients counted in the real market.
contract ReputationServedTest is CallTable {
    function _countCall(AgreementId agreement) private view returns (Call memory) {
        uint64[] memory list = new uint64[](1);
        list[0] = AgreementId.unwrap(agreement);
        return Call(PAYER, address(reputation), abi.encodeCall(reputation.countClients, (list)));
    }

    function _nothing(AgreementId agreement) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IReputation.Reputation_NothingServed.selector, AgreementId.unwrap(agreement));
    }

    function test_CountsOnceAProvenPeriodIsSettled() public {
        _expect(_countCall(id), _nothing(id), "before the start");
        _toPeriod(start);
        _prove(holder.id);
        _expect(_countCall(id), _nothing(id), "in the period");
        _nextPeriod();
        _expect(_countCall(id), _nothing(id), "before it is settled");
        _expect(_settleCall(), OK, "settling");
        _expect(_countCall(id), OK, "afterwards");
        assertEq(reputation.clientCountAt(holder.id, proofs.currentPeriod()), 1);
    }

    function test_RevertWhen_WhatIsSettledWasMissed() public {
        _toPeriod(start + 1);
        _expect(_settleCall(), OK, "settling");
        _expect(_countCall(id), _nothing(id), "a missed period");
        _prove(holder.id);
        _nextPeriod();
        _expect(_settleCall(), OK, "settling the next");
        _expect(_countCall(id), OK, "a proven one");
    }

    /// @dev The proven periods that a successor inherits are the former provider's: it has to serve itself.
    function test_RevertWhen_OnlyTheFormerProviderServed() public {
        _toPeriod(start);
        _prove(holder.id);
        _expect(_handOverCall(_handover()), OK, "handing over");
        AgreementId next = agreements.holdersOf(client, OBJECT)[0];
        assertEq(AgreementId.unwrap(next) >> 32, successor.id);
        _toPeriod(start + 2);
        id = next;
        _expect(_settleCall(), OK, "settling what the successor missed");
        assertEq(agreements.agreements(next).provenPeriods, 1);
        assertEq(agreements.agreements(next).settledPeriods, 1);
        _expect(_countCall(next), _nothing(next), "of the successor");
        _prove(successor.id);
        _nextPeriod();
        _expect(_settleCall(), OK, "settling what it proved");
        _expect(_countCall(next), OK, "of the successor that served");
    }
}
