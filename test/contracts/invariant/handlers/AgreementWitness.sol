// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Vm} from "forge-std/Vm.sol";
import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {AgreementId, StorageAgreement} from "../../../../contracts/types/StorageAgreement.sol";
import {OrderWitness} from "./OrderWitness.sol";

/// @notice Reads the events of Agreements into the ghosts.
abstract contract AgreementWitness is OrderWitness {
    /// @dev Agreement whose loss was conceded last.
    uint64 internal lastConceded;
    /// @dev Agreements formed by the action at hand.
    address private batchClient;
    uint256 private batchValue;
    /// @dev Shards, by client and object, that an agreement was formed for.
    mapping(bytes32 shard => bool) private wasHeld;

    function _seeAgreements(Vm.Log memory log) internal {
        bytes32 topic = log.topics[0];
        if (topic == IAgreements.NoncesRevoked.selector) return;
        uint64 id = uint64(uint256(log.topics[1]));
        if (topic == IAgreements.AgreementFormed.selector) return _seeFormed(id, log);
        AgreementGhost storage g = agreementGhosts[id];
        context = id;
        if (g.status != IAgreements.Status.Active) _breach(30);
        if (topic == IAgreements.AgreementSettled.selector) _seeSettled(g, log);
        else if (topic == IAgreements.NoticeGiven.selector) _seeNotice(g, log);
        else if (topic == IAgreements.AgreementRenewed.selector) _seeRenewed(g, log);
        else if (topic == IAgreements.AgreementHandedOver.selector) _seeHandedOver(id, g, log);
        else if (topic == IAgreements.AgreementEnded.selector) _seeEnded(id, g, log);
    }

    function _seeFormed(uint64 id, Vm.Log memory log) private {
        (uint32 start, StorageAgreement memory a) = abi.decode(log.data, (uint32, StorageAgreement));
        AgreementGhost storage g = agreementGhosts[id];
        if (g.status != IAgreements.Status.None || start != proofs.currentPeriod() + 1) _breach(30);
        if (uint32(id >> 32) != a.provider || uint32(id) != providerGhosts[a.provider].leaves++) _breach(27);
        if (providerGhosts[a.provider].failed) _breach(21);
        (g.client, g.clientAccount, g.provider) = (a.client, escrow.accountOf(a.client), a.provider);
        (g.objectKey, g.shardIndex, g.root, g.units) = (a.objectKey, a.shardIndex, a.shardRoot, a.units);
        (g.price, g.periods, g.startPeriod) = (a.pricePerUnitPeriod, a.periods, start);
        g.rent = uint256(a.units) * a.pricePerUnitPeriod;
        g.collateralPeriods = uint24(a.collateral / g.rent);
        g.status = IAgreements.Status.Active;
        bytes32 shard = keccak256(abi.encode(a.client, a.objectKey, a.shardIndex));
        g.repair = a.bidId != 0 && wasHeld[shard];
        wasHeld[shard] = true;
        livePlace[id] = live.length;
        live.push(id);
        if (a.askId != 0) askGhosts[a.askId].unitsLeft -= a.units;
        if (a.bidId != 0) _seeTaken(a);
        ProviderGhost storage p = providerGhosts[a.provider];
        p.held += a.units;
        if (p.held > p.capacity) _breach(54);
        // What a successor's agreement holds comes from the one before it.
        if (a.deadline == 0) return;
        committed += a.units;
        uint256 value = g.rent * a.periods;
        g.locked += value;
        (batchClient, batchValue) = (a.client, batchValue + value);
        if (nonceFormed[a.client][a.nonce]) _breach(38);
        nonceFormed[a.client][a.nonce] = true;
    }

    /// @dev A batch is paid as a whole: its burn is rounded up once.
    function _payBatch() internal {
        if (batchValue == 0) return;
        _pay(batchClient, batchValue);
        batchValue = 0;
    }

    /// @dev Rent for `value` and the burn on it, out of the payer's account.
    function _pay(address payer, uint256 value) private {
        uint256 burn = _burnOf(value);
        burnedBySigning += burn;
        _charge(payer, value + burn);
        _credit(0, burn);
        if (_isPair(payer)) pairBurned += burn;
    }

    function _seeSettled(AgreementGhost storage g, Vm.Log memory log) private {
        (uint32 from, uint32 to, uint32 proven, uint256 paid, uint256 refunded, ) = abi.decode(
            log.data,
            (uint32, uint32, uint32, uint256, uint256, uint256)
        );
        // A handover settles the current period too: it is proven.
        if (from != g.startPeriod + g.settled || to <= from || to > _end(g)) _breach(34);
        if (to > proofs.currentPeriod() + 1) _breach(34);
        g.settled = uint24(to - g.startPeriod);
        g.proven += uint24(proven);
        g.paid += paid;
        g.missed += refunded;
        _credit(registry.operatorAccountOf(g.provider), paid);
        _credit(g.clientAccount, refunded);
    }

    function _seeNotice(AgreementGhost storage g, Vm.Log memory log) private {
        (uint32 end, uint256 refunded) = abi.decode(log.data, (uint32, uint256));
        if (end >= _end(g) || end != proofs.currentPeriod() + 1 + NOTICE_PERIODS) _breach(33);
        if (refunded != g.rent * (_end(g) - end)) _breach(33);
        g.periods = uint24(end - g.startPeriod);
        g.shortened += refunded;
        _credit(g.clientAccount, refunded);
    }

    function _seeRenewed(AgreementGhost storage g, Vm.Log memory log) private {
        (uint32 end, uint256 value) = abi.decode(log.data, (uint32, uint256));
        if (end <= _end(g) || value != g.rent * (end - _end(g))) _breach(33);
        g.periods = uint24(end - g.startPeriod);
        g.locked += value;
        address payer = address(uint160(uint256(log.topics[2])));
        _pay(payer, value);
        if (_isPair(g.client) && !_isPair(payer)) pairIn += value;
    }

    function _seeHandedOver(uint64 id, AgreementGhost storage g, Vm.Log memory log) private {
        uint64 successor = uint64(uint256(log.topics[2]));
        AgreementGhost storage s = agreementGhosts[successor];
        uint256 owed = _owed(g);
        (g.passedOn, s.locked, g.successor) = (owed, owed, successor);
        (s.proven, s.inherited, s.repair) = (g.proven, g.proven, g.repair);
        if (g.client != s.client || g.objectKey != s.objectKey || g.shardIndex != s.shardIndex) _breach(37);
        if (g.root != s.root || g.units != s.units || g.price != s.price || _end(g) != _end(s)) _breach(37);
        if (g.collateralPeriods != s.collateralPeriods || g.provider == s.provider) _breach(37);
        if (g.startPeriod + g.settled != s.startPeriod || g.openAudits != 0) _breach(37);
        if (!proofs.isDischarged(g.provider)) _breach(30);
        ++providerGhosts[g.provider].handedOver;
        _close(id, g, IAgreements.Status.HandedOver);
    }

    function _seeEnded(uint64 id, AgreementGhost storage g, Vm.Log memory log) private {
        (IAgreements.Status status, uint256 released, ) = abi.decode(log.data, (IAgreements.Status, uint256, uint256));
        ProviderGhost storage p = providerGhosts[g.provider];
        bool failedWithin = p.failed && p.lastStruck < _end(g);
        if (released != _heldBack(g)) _breach(9);
        if (status == IAgreements.Status.Kept) {
            if (g.openAudits != 0) _breach(47);
            if (failedWithin || g.settled != g.periods || proofs.currentPeriod() < _end(g)) _breach(30);
            ++p.kept;
            g.released = released;
            _credit(registry.operatorAccountOf(g.provider), released);
        } else {
            if (status != IAgreements.Status.Failed || !(failedWithin || lastConceded == id)) _breach(30);
            ++p.lost;
            g.released = _owed(g);
            _credit(g.clientAccount, g.released);
        }
        _close(id, g, status);
    }

    function _close(uint64 id, AgreementGhost storage g, IAgreements.Status status) private {
        providerGhosts[g.provider].held -= g.units;
        if (status != IAgreements.Status.HandedOver) committed -= g.units;
        g.status = status;
        g.frozen = keccak256(abi.encode(agreements.agreements(AgreementId.wrap(id))));
        uint64 last = live[live.length - 1];
        (live[livePlace[id]], livePlace[last]) = (last, livePlace[id]);
        live.pop();
        ended.push(id);
    }
}
