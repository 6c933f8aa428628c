// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IAgreements} from "../../../../contracts/interfaces/IAgreements.sol";
import {ICollateral} from "../../../../contracts/interfaces/ICollateral.sol";
import {IEscrow} from "../../../../contracts/interfaces/IEscrow.sol";
import {INodeRegistry} from "../../../../contracts/interfaces/INodeRegistry.sol";
import {IAsks} from "../../../../contracts/interfaces/orders/IAsks.sol";
import {IPossessionProofs} from "../../../../contracts/interfaces/IPossessionProofs.sol";
import {IReputation} from "../../../../contracts/interfaces/IReputation.sol";
import {StorageAgreement} from "../../../../contracts/types/StorageAgreement.sol";
import {SessionHandler} from "./SessionHandler.sol";

/// @notice Everything here is forbidden. An attempt that is refused fails, and so does the action; one that gets through is a breach
/// of property 42, which stays.
abstract contract AttackerHandler is SessionHandler {
    address internal constant MALLORY = address(0xBAD);

    /// @dev Doors that only the market's own contracts may use.
    function attacker_marketOnly(uint256 seed) external {
        (address target, bytes memory data) = _marketOnly(seed % 21, uint32(1 + ((seed >> 8) % providers.length)));
        return _attempt(MALLORY, target, data);
    }

    /// @dev Others' rights: a client's, a provider's, an operator's.
    function attacker_notMine(uint256 seed) external {
        uint64 id = _liveWhere(seed, _anyLive);
        uint32 provider = agreementGhosts[id].provider;
        // Of another client, of another operator, of nobody.
        address from =
            seed % 3 == 0
                ? MALLORY
                : seed % 3 == 1
                    ? reporter
                    : address(escrow);
        uint256 kind = (seed >> 8) % 6;
        if (kind == 0) return _attempt(from, address(agreements), abi.encodeCall(IAgreements.concede, (_idOf(id))));
        if (kind == 1) return _attempt(from, address(agreements), abi.encodeCall(IAgreements.giveNotice, (_idOf(id))));
        if (kind == 2)
            return _attempt(from, address(collateral), abi.encodeCall(ICollateral.requestUnbond, (provider, 1)));
        if (kind == 3) return _attempt(from, address(orderBook), abi.encodeCall(IAsks.postAsk, (_ask(provider))));
        if (kind == 4) {
            uint64 voidThrough = type(uint64).max;
            return
                _attempt(
                    from,
                    address(registry),
                    abi.encodeCall(INodeRegistry.revokeSignatures, (provider, voidThrough))
                );
        }
        if (kind == 5) return _attempt(MALLORY, address(escrow), abi.encodeCall(IEscrow.withdraw, (MALLORY, 1)));
    }

    /// @dev Signatures that served already.
    function attacker_replay(uint256 seed) external {
        if (seed % 3 == 0 && lastFormed.units != 0) {
            StorageAgreement[] memory list = new StorageAgreement[](1);
            bytes[] memory signatures = new bytes[](1);
            (list[0], signatures[0]) = (lastFormed, lastFormedSignature);
            return
                _attempt(
                    lastFormed.client,
                    address(agreements),
                    abi.encodeCall(IAgreements.form, (list, signatures, ""))
                );
        }
        if (seed % 3 == 1 && lastRenewal.periods != 0) {
            bytes memory data = abi.encodeCall(IAgreements.renew, (lastRenewal, lastRenewalSignature, ""));
            return _attempt(lastRenewal.client, address(agreements), data);
        }
        if (seed % 3 == 2 && lastHandover.successor != 0) {
            address operator = providers[lastHandover.successor - 1].operator;
            bytes memory data = abi.encodeCall(IAgreements.handOver, (lastHandover, lastHandoverSignature));
            return _attempt(operator, address(agreements), data);
        }
        revert("nothing to replay");
    }

    /// @dev What is over stays over: the transitions that README.md forbids.
    function attacker_ended(uint256 seed) external {
        require(ended.length != 0, "nothing ended");
        uint64 id = ended[seed % ended.length];
        AgreementGhost storage g = agreementGhosts[id];
        address operator = providers[g.provider - 1].operator;
        uint256 kind = (seed >> 8) % 5;
        if (kind == 0) return _attempt(operator, address(agreements), abi.encodeCall(IAgreements.concede, (_idOf(id))));
        if (kind == 1)
            return _attempt(g.client, address(agreements), abi.encodeCall(IAgreements.giveNotice, (_idOf(id))));
        if (kind == 2) return _attempt(MALLORY, address(agreements), abi.encodeCall(IAgreements.settle, (_one(id))));
        if (kind == 3) return _attempt(MALLORY, address(agreements), abi.encodeCall(IAgreements.end, (_idOf(id))));
        if (kind == 4) {
            uint64 ask = providers[g.provider - 1].askId;
            return
                _attempt(
                    g.client,
                    address(agreements),
                    abi.encodeCall(IAgreements.topUp, (_idOf(id), g.client, 1, ask))
                );
        }
    }

    /// @dev Too early, too late, or twice.
    function attacker_untimely(uint256 seed) external {
        uint32 provider = _providerWhere(seed, _any);
        uint32 period = proofs.currentPeriod();
        uint256 kind = (seed >> 8) % 5;
        if (kind == 0) {
            uint64 id = _liveWhere(seed, _isNotOver);
            return _attempt(MALLORY, address(agreements), abi.encodeCall(IAgreements.end, (_idOf(id))));
        }
        if (kind == 1) {
            provider = _providerWhere(seed, _isUnbonding);
            // To the last second in which it is too early.
            vm.warp(providerGhosts[provider].releaseTime - 1);
            return _attempt(MALLORY, address(collateral), abi.encodeCall(ICollateral.withdrawUnbonded, (provider)));
        }
        if (kind == 2 && proofs.isProven(provider, period)) return _attemptProof(provider, period, _proof(provider));
        if (kind == 3) return _attemptProof(provider, period - 1, _proof(provider));
        if (kind == 4) return _attemptProof(provider, period + 1, _proof(provider));
        revert("not untimely");
    }

    /// @dev Proofs that prove nothing: cut, grown, altered, or another provider's.
    function attacker_badProof(uint256 seed) external {
        _seedKnown();
        uint32 provider = _providerWhere(seed, _owesProof);
        bytes memory proof = _proof(provider);
        if (proof.length == 0) revert("all conceded");
        uint256 kind = (seed >> 8) % 4;
        if (kind == 0) {
            assembly ("memory-safe") {
                mstore(proof, sub(mload(proof), 32))
            }
        } else if (kind == 1) {
            proof = bytes.concat(proof, bytes32(0));
        } else if (kind == 2) {
            proof[(seed >> 16) % proof.length] ^= bytes1(uint8(1 << ((seed >> 12) % 8)));
        } else {
            uint32 other = uint32(1 + (provider % providers.length));
            proof = _proof(other);
        }
        return _attemptProof(provider, proofs.currentPeriod(), proof);
    }

    /// @dev More than one has.
    function attacker_overdraw(uint256 seed) external {
        uint32 provider = _providerWhere(seed, _any);
        address operator = providers[provider - 1].operator;
        ICollateral.Stake memory stake = collateral.stakes(provider);
        uint256 kind = (seed >> 8) % 3;
        if (kind == 0) {
            uint256 more = escrow.availableOf(operator) + 1;
            return _attempt(operator, address(escrow), abi.encodeCall(IEscrow.withdraw, (operator, more)));
        }
        if (kind == 1) {
            bytes memory data = abi.encodeCall(ICollateral.requestUnbond, (provider, uint256(stake.free) + 1));
            return _attempt(operator, address(collateral), data);
        }
        // The bond, too, while there are duties.
        if (kind == 2 && stake.locked != 0 && stake.free != 0) {
            return
                _attempt(
                    operator,
                    address(collateral),
                    abi.encodeCall(ICollateral.requestUnbond, (provider, stake.free))
                );
        }
        revert("nothing to overdraw");
    }

    function _isUnbonding(uint32 provider) private view returns (bool) {
        ProviderGhost storage g = providerGhosts[provider];
        return g.unbonding != 0 && block.timestamp < g.releaseTime;
    }

    function _isNotOver(uint64 id) private view returns (bool) {
        uint32 provider = agreementGhosts[id].provider;
        return !_isOver(id) && proofs.unrecordedMisses(provider) == 0;
    }

    function _attemptProof(uint32 provider, uint32 period, bytes memory proof) private {
        return _attempt(MALLORY, address(proofs), abi.encodeCall(IPossessionProofs.prove, (provider, period, proof)));
    }

    /// @dev Reverts when refused, so that nothing of it stays and it counts as failed; returns only when something is wrong.
    function _attempt(address from, address target, bytes memory data) internal {
        vm.prank(from);
        // solhint-disable-next-line avoid-low-level-calls
        (bool accepted, ) = target.call(data);
        if (!accepted) revert("refused");
        _breach(42);
    }

    function _marketOnly(uint256 kind, uint32 provider) private view returns (address target, bytes memory data) {
        if (kind == 20)
            return (address(escrow), abi.encodeCall(IEscrow.depositOfWithPermit, (clients[0], 1, 0, 0, 0, 0)));
        if (kind == 19) return (address(escrow), abi.encodeCall(IEscrow.payOut, (1, 1, 0, 0, 1)));
        if (kind < 2) {
            target = address(escrow);
            data =
                kind == 0
                    ? abi.encodeCall(IEscrow.lock, (clients[0], 0, 0))
                    : abi.encodeCall(IEscrow.release, (1, 1, 0, 0));
        } else if (kind < 7) {
            target = address(collateral);
            if (kind == 2) data = abi.encodeCall(ICollateral.lock, (provider, 0));
            if (kind == 3) data = abi.encodeCall(ICollateral.settleSlashes, (provider, 1, 1, 1, 2, 1));
            if (kind == 4) data = abi.encodeCall(ICollateral.releaseCollateral, (provider, 1, 1, 2, 1, false));
            if (kind == 5) data = abi.encodeCall(ICollateral.strike, (provider, 1, 1, 0));
            if (kind == 6) data = abi.encodeCall(ICollateral.lockBond, (provider, clients[0]));
        } else if (kind < 10) {
            target = address(proofs);
            if (kind == 7) data = abi.encodeCall(IPossessionProofs.add, (provider, bytes32(0), 1, 1));
            if (kind == 8) data = abi.encodeCall(IPossessionProofs.remove, (uint64(provider) << 32, 1, true));
            if (kind == 9) data = abi.encodeCall(IPossessionProofs.count, (uint64(provider) << 32, 1, 2));
        } else if (kind == 10) {
            target = address(orderBook);
            data = abi.encodeCall(IAsks.fill, (1, provider, 1, 1, PRICE, COLLATERAL_PERIODS, 0));
        } else if (kind < 14) {
            target = address(reputation);
            if (kind == 11) data = abi.encodeCall(IReputation.recordProven, (provider, 1, 1));
            if (kind == 12) data = abi.encodeCall(IReputation.recordKept, (provider));
            if (kind == 13) data = abi.encodeCall(IReputation.recordMissed, (provider, 1, 1, 1));
        } else {
            target =
                kind == 18
                    ? address(escrow)
                    : kind == 17
                        ? address(reputation)
                        : address(agreements);
            uint64 id = uint64(provider) << 32;
            if (kind == 14) data = abi.encodeCall(IAgreements.beginAudit, (_idOf(id), 9));
            if (kind == 15) data = abi.encodeCall(IAgreements.passAudit, (_idOf(id)));
            if (kind == 16) data = abi.encodeCall(IAgreements.failAudit, (_idOf(id)));
            if (kind == 17) data = abi.encodeCall(IReputation.recordAudited, (provider));
            if (kind == 18) data = abi.encodeCall(IEscrow.lockBy, (clients[0], clients[0], 0, 0));
        }
    }
}
