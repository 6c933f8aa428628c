// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Base} from "../Base.t.sol";
import {ConstantShard} from "./ConstantShard.sol";
import {SharedProof} from "./SharedProof.sol";
import {IPossessionProofs} from "../../../contracts/interfaces/IPossessionProofs.sol";
import {AgreementId} from "../../../contracts/types/StorageAgreement.sol";

/// @notice What answers audits of the fixture's shards.
abstract contract AuditAnswers is Base {
    function _answerTo(uint256 audit) internal view returns (bytes memory) {
        uint64 agreement = AgreementId.unwrap(audits.audits(audit).agreement);
        bytes32 root = proofs.rootOf(agreement);
        uint64[] memory leaves = audits.leavesOf(audit);
        IPossessionProofs.Draw[] memory draws = new IPossessionProofs.Draw[](leaves.length);
        bytes[] memory paths = new bytes[](leaves.length);
        uint8 depth = uint8(ConstantShard.depthOf(proofs.unitsOf(agreement)));
        for (uint256 i; i < leaves.length; ++i) {
            draws[i] = IPossessionProofs.Draw(agreement, root, leaves[i], depth, false);
            paths[i] = ConstantShard.proofOf(fillOf[root], depth);
        }
        return SharedProof.join(draws, paths);
    }
}
