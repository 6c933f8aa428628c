// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IAgreements} from "../../contracts/interfaces/IAgreements.sol";
import {AgreementId} from "../../contracts/types/StorageAgreement.sol";
import {StandIns} from "./StandIns.sol";

// in place: a
// stubs: escrow, registry
contract Pieces is StandIns {
    IAgreements.Agreement a;
    uint256 holdbackBps;
    uint256 toProvider;
    uint256 toClient;

    // take contracts/agreements/AgreementStore.sol: _BPS, _heldBack, _providerOf
    // take contracts/agreements/Settling.sol: _pay

    function pieces(
        AgreementId id,
        uint256 rent,
        uint24 first,
        uint24 second,
        uint24 proven1,
        uint24 proven2
    ) external {
        require(rent < 2 ** 96 && proven1 <= first && proven2 <= second && uint256(first) + second < 2 ** 24);
        (toProvider, toClient) = (0, 0);
        uint24 before = a.provenPeriods;
        require(uint256(before) + first + second < 2 ** 24);
        _pay(id, rent, 1, 1 + uint32(first) + second, uint32(proven1) + proven2);
        (uint256 providerOnce, uint256 clientOnce) = (toProvider, toClient);

        (toProvider, toClient) = (0, 0);
        _pay(id, rent, 1, 1 + uint32(first), proven1);
        a.provenPeriods = before + proven1;
        _pay(id, rent, 1 + uint32(first), 1 + uint32(first) + second, proven2);
        // property settle-in-pieces: Settling in two steps pays provider and client the same, to the wei, as settling at once.
        assert(toProvider == providerOnce && toClient == clientOnce);
    }

    function escrow_release(uint32, uint256 paid, uint32, uint256 refunded) internal {
        toProvider += paid;
        toClient += refunded;
    }

    function registry_operatorAccountOf(uint32 provider) internal pure returns (uint32) {
        return provider;
    }
}
