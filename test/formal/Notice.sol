// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {AgreementId} from "../../contracts/types/StorageAgreement.sol";
import {StandIns} from "./StandIns.sol";

// stubs: escrow, proofs
contract Notice is StandIns {
    // take contracts/interfaces/IAgreements.sol: Status, Agreement

    mapping(AgreementId id => Agreement) _agreements;
    uint32 noticePeriods;
    uint32 current;
    uint32 units;
    address client_;
    uint256 refunded_;

    // take contracts/agreements/Ending.sol: giveNotice

    function shortens(AgreementId id) external {
        uint256 before = _agreements[id].periods;
        uint256 price = _agreements[id].pricePerUnitPeriod;
        require(before < 2 ** 24 && price < 2 ** 64 && _agreements[id].startPeriod < 2 ** 31);
        require(_agreements[id].startPeriod <= current);
        giveNotice(id);
        // property notice-refunds: Notice shortens the term and refunds exactly the rent of the periods that fall away.
        assert(_agreements[id].periods < before && refunded_ == (before - _agreements[id].periods) * price * units);
    }

    function keepsSettled(AgreementId id) external {
        uint256 settled = _agreements[id].settledPeriods;
        require(_agreements[id].startPeriod < 2 ** 31 && _agreements[id].periods < 2 ** 24);
        require(_agreements[id].startPeriod + settled <= current);
        giveNotice(id);
        // property notice-future: Notice takes away no period that is settled, over or running.
        assert(
            _agreements[id].startPeriod + uint256(_agreements[id].periods) > current &&
                settled <= _agreements[id].periods
        );
    }

    function onlyClient(AgreementId id) external {
        giveNotice(id);
        // property notice-client: Only the client gives notice, and only of an active agreement.
        assert(msg.sender == client_ && _agreements[id].status == Status.Active);
    }

    function escrow_accounts(uint32) internal view returns (address, uint96) {
        return (client_, 0);
    }

    function escrow_release(uint32, uint256 amount, uint32, uint256) internal {
        refunded_ = amount;
    }

    function proofs_currentPeriod() internal view returns (uint32) {
        return current;
    }

    function proofs_unitsOf(uint64) internal view returns (uint32) {
        return units;
    }
}
