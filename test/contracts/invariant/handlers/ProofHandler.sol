// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AgreementId} from "../../../../contracts/types/StorageAgreement.sol";
import {Actor} from "./Actor.sol";

/// @notice What anybody does for the record: prove, report misses, settle, end.
abstract contract ProofHandler is Actor {
    uint256 private constant MAX_SETTLED = 6;

    function proofs_prove(uint256 seed) external witnessed {
        _seedKnown();
        uint32 provider = _providerWhere(seed, _owesProof);
        bytes memory proof = _proof(provider);
        uint32 period = proofs.currentPeriod();
        vm.prank(seed % 2 == 0 ? reporter : vm.addr(providers[provider - 1].nodeKey));
        proofs.prove(provider, period, proof);
    }

    function proofs_recordMisses(uint256 seed) external witnessed {
        uint32 provider = _providerWhere(seed, _hasMissed);
        // For whom: anybody, the pair itself, nobody, or a number that no account has yet.
        uint32 account = uint32(bound(seed >> 8, 0, escrow.accountCount()));
        vm.prank(reporter);
        proofs.recordMisses(provider, account);
    }

    function proofs_claimFee(uint256 seed) external witnessed {
        uint256 due = _feeWhere(seed);
        vm.prank(reporter);
        collateral.claimReportFee(uint32(due >> 24), uint24(due));
    }

    /// @dev Live agreements one after the other, of whatever clients and providers.
    function proofs_settle(uint256 seed) external witnessed {
        require(live.length != 0, "nothing to settle");
        uint256 count = bound(seed >> 8, 1, live.length < MAX_SETTLED ? live.length : MAX_SETTLED);
        AgreementId[] memory ids = new AgreementId[](count);
        for (uint256 i; i < count; ++i) {
            ids[i] = AgreementId.wrap(live[((seed % live.length) + i) % live.length]);
        }
        vm.prank(reporter);
        agreements.settle(ids);
    }

    function proofs_end(uint256 seed) external witnessed {
        uint64 id = _liveWhere(seed, _isOver);
        vm.prank(reporter);
        agreements.end(AgreementId.wrap(id));
    }

    /// @dev The seed of a period is known from its second block on.
    function _seedKnown() internal {
        if (block.number == proofs.openingBlock(proofs.currentPeriod())) vm.roll(block.number + 1);
    }

    function _owesProof(uint32 provider) internal view returns (bool) {
        return proofs.draws(provider).length != 0 && !proofs.isProven(provider, proofs.currentPeriod());
    }

    function _hasMissed(uint32 provider) internal view returns (bool) {
        return proofs.unrecordedMisses(provider) != 0;
    }

    function _isOver(uint64 id) internal view returns (bool) {
        AgreementGhost storage g = agreementGhosts[id];
        ProviderGhost storage p = providerGhosts[g.provider];
        if (p.failed && p.lastStruck < _end(g)) return true;
        return _end(g) <= proofs.currentPeriod() && g.openAudits == 0;
    }

    /// @dev The first fee due, from a random one on, whose account exists.
    function _feeWhere(uint256 seed) internal view returns (uint256 due) {
        for (uint256 i; i < feesDue.length; ++i) {
            due = feesDue[((seed % feesDue.length) + i) % feesDue.length];
            if (feeGhosts[uint32(due >> 24)][uint24(due)] < accountsSeen) return due;
        }
        revert("no fee due");
    }

    /// @dev Every provider but those that `silent` names proves what it owes.
    function _proveAll(uint256 silent) internal {
        _seedKnown();
        uint32 period = proofs.currentPeriod();
        for (uint32 provider = 1; provider <= providers.length; ++provider) {
            if ((silent >> provider) & 1 == 1) continue;
            // Misses that nobody recorded yet may have failed it; then it owes nothing any more.
            if (_hasMissed(provider)) proofs.recordMisses(provider, period % accountsSeen);
            if (!_owesProof(provider)) continue;
            proofs.prove(provider, period, _proof(provider));
        }
        _readEvents();
    }
}
